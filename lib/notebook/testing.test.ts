import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { notebookText, temporaryProject } from "../cli/testing";
import { executeNotebook } from "./testing";

const folder = temporaryProject().root;

function saveNotebook(name: string): string {
  const file = join(folder, `${name}.ipynb`);
  const text = notebookText([
    { source: "let count: number = 1;", tags: ["parameters"] },
    {
      source: 'if (count > 2) throw new RangeError("too many");\nconsole.log("counted", count);',
      tags: ["results"],
    },
    { source: "process.env.REPRISE_FIGURES" },
  ]);
  const kernelspec = { name: "reprise", display_name: "TypeScript (Reprise)", language: "typescript" };
  writeFileSync(file, JSON.stringify({ ...JSON.parse(text), metadata: { kernelspec } }));
  return file;
}

it("executes with parameters, tells what cells showed, and lets figures go to a folder of its own", async () => {
  const run = await executeNotebook(saveNotebook("counting"), { count: 2 });
  expect(run.text({ tag: "results" })).toBe("counted 2\n");
  expect(run.text({ source: "REPRISE_FIGURES" })).toContain(run.figures);
  expect(() => run.text({ tag: "other" })).toThrow('no code cell with {"tag":"other"}');
  run.remove();
  expect(existsSync(join(run.figures, ".."))).toBe(false);
});

it("fails with the cell and its error", async () => {
  await expect(executeNotebook(saveNotebook("failing"), { count: 3 })).rejects.toThrow(
    /^failing: Cell 3 failed:[\s\S]*if \(count > 2\)[\s\S]*RangeError: too many/,
  );
});
