import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type PapermillRun, papermillArguments, readLogLine, runPapermill } from "./papermill";
import { temporaryProject } from "./testing";

/** A run of a Python that is a shell script of ours. */
function run(script: string, more: Partial<PapermillRun> = {}): PapermillRun {
  const { root, bin } = temporaryProject({ ".venv/bin/python": `#!/bin/sh\n${script}\n` });
  return {
    python: join(bin, "python"),
    notebook: "in.ipynb",
    output: "out.ipynb",
    parameters: {},
    folder: root,
    ...more,
  };
}

it("parameters reach papermill whole, whatever is in them", () => {
  const parameters = { note: "a 'b' \"c\"\n\u2028 $x", seeds: [1, 2], limit: null, rate: 1e-7 };
  const args = papermillArguments(run("", { parameters }));
  const encoded = args[args.indexOf("--parameters_base64") + 1];
  expect(JSON.parse(Buffer.from(encoded, "base64").toString("utf8"))).toEqual(parameters);
  // papermill reads YAML 1.1, to which 1e-7 is a string.
  expect(Buffer.from(encoded, "base64").toString("utf8")).toContain('"rate": 1.0e-7');
  expect(papermillArguments(run(""))).not.toContain("--parameters_base64");
});

it("its log is read line by line: cells, what they say, and noise", () => {
  expect(readLogLine("Executing Cell 12---------------------------------------")).toEqual({ cell: 12 });
  expect(readLogLine("epoch 3: loss 0.1")).toEqual({ text: "epoch 3: loss 0.1" });
  for (const noise of [
    "Ending Cell 3----",
    "Input Notebook:  a.ipynb",
    "",
    "Executing notebook with kernel: reprise",
  ])
    expect(readLogLine(noise)).toBeUndefined();
});

describe("a run", () => {
  it("tells cells, lines and the progress of displays, and the exit code", async () => {
    const told: string[] = [];
    const script = `
      echo "Executing Cell 1----------" >&2; echo "hello" >&2
      echo "Executing Cell 2----------" >&2; printf 'loss 0.5 at 3' > "$REPRISE_PROGRESS_FILE"; sleep 1.2; exit 1`;
    const ended = await runPapermill(
      run(script, {
        onCell: (cell) => told.push(`cell ${cell}`),
        onLine: (line) => told.push(line),
        onProgress: (text) => told.push(text),
      }),
    );
    expect(told).toEqual(["cell 1", "hello", "cell 2", "loss 0.5 at 3"]);
    expect(ended).toEqual({ code: 1, log: ["hello"] });
  });

  it("that is interrupted tells so by its code", async () => {
    expect((await runPapermill(run("kill -INT $$; sleep 5"))).code).toBe(130);
    // Ctrl-C reaches both of us, and papermill answers 1.
    const both = runPapermill(run("sleep 0.3; exit 1"));
    process.emit("SIGINT");
    expect((await both).code).toBe(130);
  });

  it("whose program is not there rejects", async () => {
    await expect(runPapermill(run("", { python: "/nowhere/python" }))).rejects.toThrow("ENOENT");
  });
});
