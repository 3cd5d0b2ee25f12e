import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkProject, checkSource, layerOf } from "./lint-layers.cjs";

const rules = (file: string, text: string) => checkSource(file, text).map((offence) => offence.rule);

describe("the order of layers", () => {
  it("lets a layer import its own row and those below", () => {
    expect(rules("lib/papers/t2arec/model.ts", 'import { Rng } from "../../tensor";')).toEqual([]);
    expect(rules("lib/recsys/evaluate.ts", 'import { x } from "../figures/line";')).toEqual([]);
    expect(rules("lib/tensor/backend.ts", 'const k = require("../../kernels/tensorflow/load.cjs");')).toEqual(
      [],
    );
    expect(rules("kernels/tensorflow/x.test.ts", 'import { tf } from "../../lib/tensor";')).toEqual([]);
    expect(rules("lib/nn/dense.ts", 'import * as tf from "@tensorflow/tfjs";')).toEqual([]);
  });

  it.each([
    ["lib/tensor/index.ts", 'import { dense } from "../nn/dense";', /imports point down/],
    ["lib/nn/dense.ts", 'export * from "../recsys/metrics";', /imports point down/],
    ["lib/data/load.ts", 'import type { Row } from "../papers/t2arec";', /imports point down/],
    ["lib/recsys/x.ts", 'const m = await import("../cli/main");', /imports point down/],
    ["kernels/jupyter/launch.cjs", 'require("../../lib/tensor");', /imports point down/],
    ["lib/cli/main.ts", 'import nb from "../../notebooks/t2arec.ipynb";', /no notebook/],
    ["lib/cli/main.ts", 'import { x } from "../../scripts/setup/plan.cjs";', /not the other way/],
    ["lib/papers/t2arec/model.ts", 'import { x } from "../utgrec/model";', /no other paper/],
    ["lib/papers/t2arec/losses.ts", 'import { config } from "./experiment";', /never imports its experiment/],
    ["lib/cli/main.ts", 'import { x } from "../misc/x";', /in no layer/],
  ])("refuses in %s: %s", (file, text, rule) => {
    expect(rules(file, text)).toEqual([expect.stringMatching(rule)]);
  });

  it("names the line, and does not take a comment or a text for an import", () => {
    const text = '// import "../nn/a";\nconst s = \'import "../nn/b"\';\nimport { c } from "../nn/c";\n';
    expect(checkSource("lib/tensor/x.ts", text)).toEqual([
      { file: "lib/tensor/x.ts", line: 3, rule: expect.stringContaining("../nn/c") },
    ]);
  });

  it("does not take lib/optimal for lib/optim", () => {
    expect(layerOf("lib/optimal/x.ts")).toBe(-1);
    expect(layerOf("lib/optim/x.ts")).toBe(layerOf("lib/nn"));
  });
});

describe("the length of files", () => {
  it("allows 500 lines and refuses 501, whatever the language", () => {
    expect(rules("lib/tensor/x.ts", "//\n".repeat(500))).toEqual([]);
    expect(rules("kernels/tensorflow/src/x.cc", "//\n".repeat(501))).toEqual([
      expect.stringContaining("501 lines"),
    ]);
  });
});

describe("the project", () => {
  let root = "";
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("is walked without what is built or installed", () => {
    root = mkdtempSync(path.join(tmpdir(), "reprise-lint-"));
    for (const file of [
      "lib/nn/a.ts",
      "kernels/x/build/b.ts",
      "kernels/x/node_modules/c.js",
      "lib/tensor/d.ts",
    ]) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(root, file), 'import "../../lib/cli/main";\n');
    }
    const { files, offences } = checkProject(root);
    expect(files.sort()).toEqual(["lib/nn/a.ts", "lib/tensor/d.ts"]);
    expect(offences.map((offence) => offence.file).sort()).toEqual(["lib/nn/a.ts", "lib/tensor/d.ts"]);
  });
});
