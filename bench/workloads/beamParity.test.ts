import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { beamSearch } from "../../lib/recsys/generative/beamSearch";
import { trieTensors } from "../../lib/recsys/generative/trieTensors";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { assertClose } from "../../lib/tensor/testing";
import { flattenTree } from "../../lib/tensor/tree";
import { BEAMS, randomMap } from "./beam";
import { createModel, randomTokens } from "./t5";

const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const ROWS = 4;
const TOP = 10;
/** To start PyTorch on a busy machine. */
const MOST_MILLISECONDS = 120_000;

describe.runIf(PYTHON !== undefined)("beam search", () => {
  it(
    "finds the tuples and scores that Hugging Face's finds",
    () => {
      const model = createModel(Rng.key(5));
      const { inputs } = randomTokens(ROWS);
      const ours = beamSearch(model, inputs, trieTensors(randomMap()), { beams: BEAMS, constrained: false });
      const leaves = flattenTree(model.weights) as [string, tf.Variable][];
      const parameters = Object.fromEntries(leaves.map(([name, variable]) => [name, variable.arraySync()]));
      const answer = execFileSync(PYTHON!, [path.join(__dirname, "..", "torch", "beam.py")], {
        input: JSON.stringify({ parameters, inputs: inputs.arraySync(), beams: BEAMS }),
        encoding: "utf8",
      });
      const theirs = JSON.parse(answer) as { tokens: number[][][]; scores: number[][] };
      assertClose(ours.scores, tf.tensor2d(theirs.scores), { absolute: 2e-4 });
      const best = (rows: number[][][]) => rows.map((row) => row.slice(0, TOP));
      expect(best(ours.tokens.arraySync())).toEqual(best(theirs.tokens));
    },
    MOST_MILLISECONDS,
  );
});
