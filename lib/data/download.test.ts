import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type DownloadOptions, download } from "./download";
import { sha256, withServer, withTemporaryFolder } from "./testing";

const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, k) => (k * 31) % 251));

interface Scene {
  folder: string;
  path: string;
  requests: IncomingMessage[];
  fetch: (options?: Partial<DownloadOptions>) => Promise<void>;
}

/** Runs a download against a server of this behaviour. */
async function scene(
  serve: (request: IncomingMessage, response: ServerResponse, number: number) => void,
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const requests: IncomingMessage[] = [];
  await withTemporaryFolder((folder) =>
    withServer(
      (request, response) => serve(request, response, requests.push(request)),
      async (origin) => {
        const path = join(folder, "data.bin");
        const expected = { sha256: sha256(CONTENT), bytes: CONTENT.length };
        await act({
          folder,
          path,
          requests,
          fetch: (options) => download({ url: `${origin}/data.bin`, path, ...expected, ...options }),
        });
      },
    ),
  );
}

function sendRange(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const rest = CONTENT.subarray(start);
  const range = { "Content-Range": `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}` };
  response.writeHead(start > 0 ? 206 : 200, { "Content-Length": rest.length, ...(start > 0 ? range : {}) });
  response.end(rest);
}

/** Promises the whole file and hangs up after a part of it. */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "Content-Length": CONTENT.length });
  response.write(CONTENT.subarray(0, 70_000), () => setTimeout(() => response.destroy(), 20));
}

describe("download", () => {
  it("lands a verified file and reports progress", async () => {
    await scene(sendRange, async ({ folder, path, fetch }) => {
      const seen: number[] = [];
      await fetch({ onProgress: (received, total) => seen.push(received / total!) });
      expect(readFileSync(path).equals(CONTENT)).toBe(true);
      expect(seen[seen.length - 1]).toBe(1);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(readdirSync(folder)).toEqual(["data.bin"]);
    });
  });

  it("goes on where a broken download stopped, within one call", async () => {
    await scene(
      (request, response, number) => (number === 1 ? breakOff(response) : sendRange(request, response)),
      async ({ path, requests, fetch }) => {
        await fetch();
        expect(readFileSync(path).equals(CONTENT)).toBe(true);
        expect(requests).toHaveLength(2);
        expect(requests[1].headers.range).toMatch(/^bytes=[1-9]\d*-$/);
      },
    );
  });

  it("keeps the part of a truncated download for the next call, under no usable name", async () => {
    await scene(
      (request, response, number) => (number === 1 ? breakOff(response) : sendRange(request, response)),
      async ({ path, fetch }) => {
        await expect(fetch({ attempts: 1 })).rejects.toThrow(
          /data\.bin: The download broke off after \d+ of 200000 bytes/,
        );
        expect(existsSync(path)).toBe(false);
        await fetch({ attempts: 1 });
        expect(readFileSync(path).equals(CONTENT)).toBe(true);
      },
    );
  });

  it("begins anew where the server knows no ranges, or what was kept belongs to another file", async () => {
    const whole = (_: IncomingMessage, response: ServerResponse) => response.end(CONTENT);
    await scene(whole, async ({ path, fetch }) => {
      writeFileSync(`${path}.part`, CONTENT.subarray(0, 5));
      await fetch();
      expect(readFileSync(path).equals(CONTENT)).toBe(true);
    });
    await scene(sendRange, async ({ path, fetch, requests }) => {
      writeFileSync(`${path}.part`, "something else");
      await fetch();
      expect(readFileSync(path).equals(CONTENT)).toBe(true);
      expect(requests).toHaveLength(2);
    });
  });

  it("refuses a wrong hash, with both hashes, and leaves nothing", async () => {
    const wrong = Buffer.from(CONTENT);
    wrong[0] ^= 1;
    await scene(
      (_, response) => response.end(wrong),
      async ({ folder, fetch, requests }) => {
        const message = `The SHA-256 is ${sha256(wrong)}, expected ${sha256(CONTENT)}`;
        await expect(fetch()).rejects.toThrow(message);
        expect(readdirSync(folder)).toEqual([]);
        expect(requests).toHaveLength(1);
      },
    );
  });

  it("refuses a file that is too long without storing all of it", async () => {
    await scene(
      (_, response) => response.end(Buffer.concat([CONTENT, CONTENT])),
      async ({ folder, fetch }) => {
        await expect(fetch()).rejects.toThrow(/sends more than the 200000 bytes expected/);
        expect(readdirSync(folder)).toEqual([]);
      },
    );
  });

  it("reports the server's answer, an address that does not answer, and a stall", async () => {
    await scene(
      (_, response) => response.writeHead(404).end(),
      async ({ fetch }) => {
        await expect(fetch()).rejects.toThrow(/data\.bin: The server answered 404 Not Found/);
        await expect(fetch({ url: "http://127.0.0.1:9/data.bin" })).rejects.toThrow(
          /broke off after 0 of 200000 bytes \(.+\)/,
        );
      },
    );
    await scene(
      (_, response) => response.writeHead(200).write("x"),
      async ({ fetch }) => {
        await expect(fetch({ attempts: 1, stallTimeout: 100 })).rejects.toThrow(
          /after 1 of 200000 bytes \(nothing arrived for 0.1 s\)/,
        );
      },
    );
  });
});

describe("download of unknown size and hash", () => {
  const unknown = { sha256: undefined, bytes: undefined };
  const packed = gzipSync(CONTENT);

  it("is what the server sent, where that is all that it announced", async () => {
    await scene(sendRange, async ({ path, fetch, folder }) => {
      const seen: (number | undefined)[] = [];
      await fetch({ ...unknown, onProgress: (_, total) => seen.push(total) });
      expect(readFileSync(path).equals(CONTENT)).toBe(true);
      expect(new Set(seen)).toEqual(new Set([undefined]));
      expect(readdirSync(folder)).toEqual(["data.bin"]);
    });
    const serve = (_: IncomingMessage, response: ServerResponse, number: number) =>
      number === 1 ? breakOff(response) : sendRange(_, response);
    await scene(serve, async ({ path, fetch, requests }) => {
      await fetch(unknown);
      expect(readFileSync(path).equals(CONTENT)).toBe(true);
      expect(requests[1].headers.range).toMatch(/bytes=\d+-/);
    });
    await scene(
      (_, response) => breakOff(response),
      async ({ path, fetch }) => {
        await expect(fetch(unknown)).rejects.toThrow(/broke off after \d+ bytes \(/);
        expect(existsSync(path)).toBe(false);
      },
    );
    await scene(
      (_, response) => void response.end(),
      async ({ fetch }) => {
        await expect(fetch(unknown)).rejects.toThrow(/broke off after 0 bytes/);
      },
    );
  });

  it("does not go on with half a file of an earlier call, but where a checksum tells whether it fits", async () => {
    await scene(sendRange, async ({ path, fetch, requests }) => {
      writeFileSync(`${path}.part`, "of another file");
      await fetch(unknown);
      expect(readFileSync(path).equals(CONTENT)).toBe(true);
      expect(requests[0].headers.range).toBeUndefined();
    });
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, {
        "Content-Range": `bytes ${start}-${packed.length - 1}/${packed.length}`,
      });
      response.end(packed.subarray(start));
    };
    for (const begun of [packed.subarray(0, 100), Buffer.from("of another file")]) {
      await scene(serve, async ({ path, fetch, requests }) => {
        writeFileSync(`${path}.gz.part`, begun);
        await fetch({ ...unknown, path: `${path}.gz` });
        expect(readFileSync(`${path}.gz`).equals(packed)).toBe(true);
        expect(requests[0].headers.range).toBe(`bytes=${begun.length}-`);
      });
    }
  });

  it("is refused where a gzip file is none, or not whole", async () => {
    const cases: [Buffer, RegExp][] = [
      [Buffer.from("<html>Not here</html>"), /The file is no gzip file/],
      [packed.subarray(0, -1), /The gzip file is cut short/],
    ];
    for (const [content, message] of cases) {
      await scene(
        (_, response) => void response.end(content),
        async ({ path, fetch, folder }) => {
          await expect(fetch({ ...unknown, path: `${path}.gz` })).rejects.toThrow(message);
          expect(readdirSync(folder)).toEqual([]);
        },
      );
    }
  });
});
