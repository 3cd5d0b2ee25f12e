import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose } from "../tensor/testing";
import {
  type Average,
  average,
  dpoLoss,
  groupAdvantages,
  policyLoss,
  preferenceMargins,
  sequenceLogProbs,
  tokenEntropy,
  tokenLogProbs,
} from ".";

/** What trlLosses.py writes: inputs that all cases share, and TRL's answers. */
interface Cases {
  readonly groupSize: number;
  readonly logits: number[][][];
  readonly old: number[][][];
  readonly reference: number[][][];
  readonly tokens: number[][];
  readonly mask: number[][];
  readonly rewards: number[];
  readonly advantages: number[];
  readonly grpo: readonly GrpoCase[];
  readonly dpo: readonly DpoCase[];
}

interface GrpoCase {
  readonly name: string;
  readonly loss_type: "grpo" | "bnpo" | "dapo" | "dr_grpo";
  readonly beta?: number;
  readonly epsilon_high?: number;
  readonly delta?: number;
  readonly temperature?: number;
  readonly on_policy?: boolean;
  readonly loss: number;
  readonly gradient: number[][][];
  readonly clipShare: number;
  readonly entropy: number;
  readonly kl?: number;
}

interface DpoCase {
  readonly name: string;
  readonly beta: number;
  readonly label_smoothing?: number;
  readonly losses: number[];
  readonly margins: number[];
  readonly gradient: number[][][];
}

const AVERAGES: Record<GrpoCase["loss_type"], Average> = {
  grpo: "sequence",
  bnpo: "token",
  dapo: "token",
  dr_grpo: "length",
};
/** Of losses and of every element of a gradient. */
const TOLERANCE = { relative: 1e-5, absolute: 1e-5 };

const SCRIPT = path.join(__dirname, "trlLosses.py");
const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const OTHER_SEED = "2";
/** To start PyTorch on a busy machine. */
const MOST_MILLISECONDS = 180_000;

const fixture = JSON.parse(readFileSync(path.join(__dirname, "trlLosses.json"), "utf8")) as Cases;

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function compareAdvantages({ rewards, advantages, groupSize }: Cases): void {
  assertClose([...groupAdvantages(rewards, groupSize)], advantages, TOLERANCE);
}

function compareGrpo(cases: Cases, expected: GrpoCase): void {
  const { temperature = 1, beta = 0 } = expected;
  const tokens = tf.tensor2d(cases.tokens, undefined, "int32");
  const mask = tf.tensor2d(cases.mask);
  const scored = (logits: tf.Tensor3D) => tokenLogProbs(logits, tokens, temperature);
  const of = (logits: tf.Tensor3D) => {
    const logProbs = scored(logits);
    return policyLoss(
      {
        logProbs,
        oldLogProbs: expected.on_policy ? logProbs : scored(tf.tensor3d(cases.old)),
        referenceLogProbs: scored(tf.tensor3d(cases.reference)),
        advantages: tf.tensor1d(cases.advantages),
        mask,
      },
      {
        epsilon: 0.2,
        epsilonHigh: expected.epsilon_high,
        dualClip: expected.delta,
        klWeight: beta,
        average: AVERAGES[expected.loss_type],
      },
    );
  };
  const logits = tf.tensor3d(cases.logits);
  const ours = of(logits);
  assertClose(ours.loss, expected.loss, TOLERANCE, "loss");
  assertClose(ours.clipShare, expected.clipShare, TOLERANCE, "clip share");
  if (expected.kl !== undefined) assertClose(ours.kl, expected.kl, TOLERANCE, "KL");
  assertClose(
    average(tokenEntropy(logits, temperature), "token", { mask }),
    expected.entropy,
    TOLERANCE,
    "entropy",
  );
  const gradient = tf.grad((x) => of(x as tf.Tensor3D).loss)(logits);
  assertClose(gradient, expected.gradient, TOLERANCE, "gradient");
}

function compareDpo(cases: Cases, expected: DpoCase): void {
  const tokens = tf.tensor2d(cases.tokens, undefined, "int32");
  const mask = tf.tensor2d(cases.mask);
  const halves = (logits: tf.Tensor3D) =>
    tf.split(sequenceLogProbs(tokenLogProbs(logits, tokens), mask), 2) as [tf.Tensor1D, tf.Tensor1D];
  const pairsOf = (logits: tf.Tensor3D) => {
    const [chosen, rejected] = halves(logits);
    const [referenceChosen, referenceRejected] = halves(tf.tensor3d(cases.reference));
    return { chosen, rejected, referenceChosen, referenceRejected };
  };
  const options = { beta: expected.beta, labelSmoothing: expected.label_smoothing };
  const logits = tf.tensor3d(cases.logits);
  assertClose(dpoLoss(pairsOf(logits), options), expected.losses, TOLERANCE, "loss");
  assertClose(preferenceMargins(pairsOf(logits), expected.beta), expected.margins, TOLERANCE, "margin");
  const gradient = tf.grad((x) => dpoLoss(pairsOf(x as tf.Tensor3D), options).mean())(logits);
  assertClose(gradient, expected.gradient, TOLERANCE, "gradient");
}

describe("losses and gradients are TRL's", () => {
  test("group advantages", () => compareAdvantages(fixture));
  test.each(fixture.grpo.map((expected) => [expected.name, expected] as const))("%s", (_, expected) =>
    compareGrpo(fixture, expected),
  );
  test.each(fixture.dpo.map((expected) => [expected.name, expected] as const))("%s", (_, expected) =>
    compareDpo(fixture, expected),
  );
  test("the cases reach both bounds and tokens without a gradient", () => {
    const [plain, , twoBounds, dualClip] = fixture.grpo;
    expect(plain.clipShare).toBeGreaterThan(0.1);
    expect(twoBounds.loss).not.toBeCloseTo(plain.loss, 3);
    expect(dualClip.delta).toBeDefined();
    expect(fixture.mask.flat()).toContain(0);
  });
});

/** Whether that Python has TRL, not just PyTorch. */
function hasTrl(): boolean {
  if (PYTHON === undefined) return false;
  const probe = "import importlib.util as u; print(u.find_spec('trl') is not None)";
  return execFileSync(PYTHON, ["-c", probe], { encoding: "utf8" }).trim() === "True";
}

describe.runIf(hasTrl())("the TRL that is installed", () => {
  test(
    "answers other numbers as ours",
    () => {
      const cases = JSON.parse(execFileSync(PYTHON!, [SCRIPT, OTHER_SEED], { encoding: "utf8" })) as Cases;
      expect(cases.logits).not.toEqual(fixture.logits);
      compareAdvantages(cases);
      for (const expected of cases.grpo) compareGrpo(cases, expected);
      for (const expected of cases.dpo) compareDpo(cases, expected);
    },
    MOST_MILLISECONDS,
  );
});
