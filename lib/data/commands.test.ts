import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { dataFetch, dataList, dataVerify } from "./commands";
import { sha256 } from "./testing";
import {
  DAT_RATINGS,
  datManifest,
  GAMES_ITEMS,
  gamesCsv,
  gamesManifest,
  RATINGS,
  scene,
  sequencesManifest,
} from "./testingDataset";

describe("reprise data", () => {
  it("lists, fetches and verifies", async () => {
    await scene(async ({ options }) => {
      const before = await dataList(options);
      expect(before.reports.map(({ name, state }) => `${name} ${state}`)).toEqual([
        "tiny absent",
        "simulator generated",
        "simulator-item-gaps generated",
      ]);
      expect(before.text).toContain('run "npx reprise data fetch tiny"');
      expect((await dataVerify(["tiny"], options)).ok).toBe(false);
      expect((await dataVerify([], options)).ok).toBe(true); // what nobody asked for may be absent

      expect((await dataFetch(["tiny", "simulator"], options)).reports.map(({ state }) => state)).toEqual([
        "ready",
        "generated",
      ]);
      const verified = await dataVerify([], options);
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain("2 interactions of 2 users with 1 items");

      writeFileSync(join(options.folders.cache, "tiny", "u.data"), RATINGS.slice(0, -10));
      const damaged = await dataVerify(["tiny"], options);
      expect(damaged.ok).toBe(false);
      expect(damaged.text).toMatch(/damaged .*\n.*u\.data: The SHA-256 is/);
      expect((await dataList(options)).ok).toBe(false);
    });
  });

  it("says which files could not be checked by a hash of their own", async () => {
    await scene(async ({ manifests, origin, options }) => {
      writeFileSync(join(manifests, "ml-1m.json"), JSON.stringify(datManifest(origin)));
      const note = "(the manifest has no hash of ratings.dat, movies.dat: their sizes are right)";
      expect((await dataFetch(["ml-1m"], options)).text).toContain(note);
      expect((await dataList(options)).text).toContain(note);
      const verified = (await dataVerify(["ml-1m"], options)).text;
      expect(verified).toContain(`3 interactions of 2 users with 2 items; rows checked in`);
      expect(verified).toContain(note);
      writeFileSync(
        join(options.folders.cache, "ml-1m", "ratings.dat"),
        DAT_RATINGS.replace("::5::", "::6::"),
      );
      const damaged = await dataVerify(["ml-1m"], options);
      expect(damaged.ok).toBe(false);
      expect(damaged.text).toMatch(/damaged .*\n.*ratings\.dat, line 1, field "rating": A rating of 6/);
    });
  });

  it("lists, fetches and verifies plain files, with the bytes of all of them", async () => {
    await scene(async ({ manifests, origin, options }) => {
      writeFileSync(join(manifests, "sequences.json"), JSON.stringify(sequencesManifest(origin)));
      expect((await dataList(options)).reports.find(({ name }) => name === "sequences")?.bytes).toBe(47);
      expect((await dataFetch(["sequences"], options)).ok).toBe(true);
      expect((await dataVerify(["sequences"], options)).text).toContain(
        "6 interactions of 2 users with 2 items; files verified in",
      );
    });
  });

  it("verifies a model by its hash alone", async () => {
    await scene(async ({ folder, manifest, manifests, options }) => {
      const weights = "weights";
      const file = { name: "m.gguf", role: "model", bytes: weights.length, sha256: sha256(weights) };
      const model = {
        ...manifest,
        name: "model",
        layouts: { gguf: { format: "gguf", files: [file] } },
        sources: [{ ...manifest.sources[1], layout: "gguf", members: { "m.gguf": "tinydata/m.gguf" } }],
      };
      writeFileSync(join(manifests, "model.json"), JSON.stringify(model));
      const given = join(folder, "given");
      mkdirSync(join(given, "model"), { recursive: true });
      writeFileSync(join(given, "model", "m.gguf"), weights);
      const folders = { ...options.folders, given };
      const verified = await dataVerify(["model"], { ...options, folders });
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain(`weights of a model; files verified in ${join(given, "model")}`);
      writeFileSync(join(given, "model", "m.gguf"), "weighed");
      const damaged = await dataVerify(["model"], { ...options, folders });
      expect(damaged.reports[0].state).toBe("damaged");
    });
  });

  it("verifies queries with documents by their rows", async () => {
    await scene(async ({ folder, manifest, manifests, options }) => {
      const row = { query: "q", positive_document: "p", hard_negative_document: ["n"] };
      const given = join(folder, "given");
      mkdirSync(join(given, "pairs"), { recursive: true });
      const verify = (content: string) => {
        const file = { name: "p.jsonl", role: "relevance", bytes: content.length, sha256: sha256(content) };
        const pairs = {
          ...manifest,
          name: "pairs",
          layouts: { jsonl: { format: "relevance-jsonl", files: [file] } },
          sources: [{ ...manifest.sources[1], layout: "jsonl", members: { "p.jsonl": "tinydata/p.jsonl" } }],
        };
        writeFileSync(join(manifests, "pairs.json"), JSON.stringify(pairs));
        writeFileSync(join(given, "pairs", "p.jsonl"), content);
        return dataVerify(["pairs"], { ...options, folders: { ...options.folders, given } });
      };
      const verified = await verify(JSON.stringify(row));
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain(`1 queries with documents; files verified in ${join(given, "pairs")}`);
      const damaged = await verify(JSON.stringify({ ...row, query: "" }));
      expect(damaged.reports[0].state).toBe("damaged");
      expect(damaged.text).toContain('p.jsonl, line 1, field "query": The text is empty.');
    });
  });

  it("verifies problems by their rows", async () => {
    await scene(async ({ folder, manifest, manifests, options }) => {
      const row = { problem: "1+1?", answer: "2", subject: "Algebra", unique_id: "a" };
      const given = join(folder, "given");
      mkdirSync(join(given, "problems"), { recursive: true });
      const verify = (...rows: object[]) => {
        const content = rows.map((one) => `${JSON.stringify(one)}\n`).join("");
        const file = { name: "p.jsonl", role: "problems", bytes: content.length, sha256: sha256(content) };
        const problems = {
          ...manifest,
          name: "problems",
          layouts: { jsonl: { format: "problems-jsonl", files: [file] } },
          sources: [{ ...manifest.sources[1], layout: "jsonl", members: { "p.jsonl": "tinydata/p.jsonl" } }],
        };
        writeFileSync(join(manifests, "problems.json"), JSON.stringify(problems));
        writeFileSync(join(given, "problems", "p.jsonl"), content);
        return dataVerify(["problems"], { ...options, folders: { ...options.folders, given } });
      };
      const verified = await verify(row, { ...row, unique_id: "b" });
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain(
        `2 problems with answers; files verified in ${join(given, "problems")}`,
      );
      const damaged = await verify(row, row);
      expect(damaged.reports[0].state).toBe("damaged");
      expect(damaged.text).toContain('p.jsonl, line 2, field "unique_id": The name has line 1 already.');
    });
  });

  it("says of which files the origin publishes nothing, and what was passed over", async () => {
    await scene(async ({ folder, manifests, origin, options }) => {
      writeFileSync(join(manifests, "amazon-2023-games.json"), JSON.stringify(gamesManifest(origin)));
      const listed = await dataList(options);
      expect(listed.reports[0].bytes).toBeUndefined();
      expect(listed.text).toContain(
        'run "npx reprise data fetch amazon-2023-games" (the origin does not say how much there is to download)',
      );
      const fetched = await dataFetch([], options);
      expect(fetched.reports.map(({ name, state }) => [name, state])).toEqual([
        ["amazon-2023-games", "absent"],
        ["tiny", "ready"],
      ]);
      const given = join(folder, "given", "amazon-2023");
      mkdirSync(given, { recursive: true });
      const csv = gunzipSync(gamesCsv("5.0"));
      writeFileSync(join(given, "Video_Games.csv.gz"), gzipSync(`${csv}U3,B2,9.0,1588687728925\n`));
      writeFileSync(join(given, "meta_Video_Games.jsonl.gz"), GAMES_ITEMS);
      const folders = { ...options.folders, given: join(folder, "given") };
      const verified = await dataVerify(["amazon-2023-games"], { ...options, folders });
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain("2 interactions of 2 users with 1 items; rows checked in");
      expect(verified.text).toContain(
        "(the origin publishes no hash of Video_Games.csv.gz, meta_Video_Games.jsonl.gz: only their rows can be checked)",
      );
      expect(verified.text).toContain("1 of 4 lines are malformed and were passed over: ");
      expect(verified.text).toContain('line 4, field "rating": A rating of 9 is not in 0..5');
    });
  });

  it("names the nearest data set for an unknown one", async () => {
    await scene(async ({ options }) => {
      await expect(dataFetch(["tinny"], options)).rejects.toThrow(
        /no data set "tinny"\. Did you mean "tiny"\? Known: tiny, simulator/,
      );
      await expect(dataVerify(["qqqqqq"], options)).rejects.toThrow(/no data set "qqqqqq"\. Known/);
    });
  });
});
