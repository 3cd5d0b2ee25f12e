import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { assertClose, sampleData } from "../../../tensor/testing";
import { cholesky } from "./cholesky";
import { decision, fitLogistic, softplus } from "./logisticRegression";

/** What logisticRegression.py writes: data by their formula, and scikit-learn's answers. */
interface Case {
  readonly rows: number;
  readonly features: number;
  readonly index: number;
  readonly labels: boolean[];
  /** Ascending in strength. */
  readonly fits: readonly {
    readonly strength: number;
    readonly weights: number[];
    readonly intercept: number;
  }[];
}

/** What scikit-learn's own stopping leaves. */
const TOLERANCE = { absolute: 1e-7, relative: 1e-7 };
const SCRIPT = path.join(__dirname, "logisticRegression.py");
const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const OTHER_SEED = "2";
/** To start scikit-learn on a busy machine. */
const MOST_MILLISECONDS = 180_000;

const fixture = JSON.parse(readFileSync(path.join(__dirname, "logisticRegression.json"), "utf8")) as Record<
  string,
  Case
>;

/** Numbers in [-1, 1) that look random, another list for each index: the script's formula. */
function numbers(count: number, index: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const wave = Math.sin((i + 1) * 12.9898 + index * 78.233) * 43758.5453;
    return 2 * (wave - Math.floor(wave)) - 1;
  });
}

function compare({ rows, features, index, labels, fits }: Case): void {
  const flat = numbers(rows * features, index);
  const x = Array.from({ length: rows }, (_, row) => flat.slice(row * features, (row + 1) * features));
  const models = fitLogistic(
    x,
    labels,
    fits.map(({ strength }) => strength),
  );
  for (const [i, { strength, weights, intercept }] of fits.entries()) {
    assertClose([...models[i].weights], weights, TOLERANCE, `weights at C = ${strength}`);
    assertClose(models[i].intercept, intercept, TOLERANCE, `intercept at C = ${strength}`);
  }
}

describe("logistic regression", () => {
  test.each(Object.entries(fixture))("is scikit-learn's: %s", (_, expected) => compare(expected));

  test("is at the minimum of its objective", () => {
    const [n, count, C] = [30, 50, 0.3];
    const rows = Array.from({ length: n }, (_, row) => sampleData([count], row + 1));
    const labels = rows.map((row, i) => row[0] + row[1] + 0.5 * Math.sin(i) > 0);
    const [{ weights, intercept }] = fitLogistic(rows, labels, [C]);
    // w = C Σ (t − σ(f)) x, 0 = Σ (t − σ(f))
    const residuals = rows.map((row, i) => {
      const f = decision({ weights, intercept }, row);
      return Number(labels[i]) - 1 / (1 + Math.exp(-f));
    });
    const gradient = Array.from({ length: count }, (_, k) =>
      residuals.reduce((sum, r, i) => sum + C * r * rows[i][k], 0),
    );
    assertClose([...weights], gradient, { absolute: 1e-9, relative: 1e-9 });
    expect(Math.abs(residuals.reduce((sum, r) => sum + r, 0))).toBeLessThan(1e-8);
  });

  test("of features without information is the share of the labels", () => {
    const rows = Array.from({ length: 8 }, () => [3, 3]);
    const labels = [true, true, true, true, true, true, false, false];
    const [{ weights, intercept }] = fitLogistic(rows, labels, [1]);
    expect(decision({ weights, intercept }, [3, 3])).toBeCloseTo(Math.log(6 / 2), 9);
    expect(Math.hypot(...weights)).toBeLessThan(1e-9);
  });

  test("gets far from a start that overshoots: large features, weak penalty", () => {
    const rows = [[-900], [-500], [-1], [2], [300], [800]];
    const labels = [false, false, true, false, true, true];
    const [{ weights, intercept }] = fitLogistic(rows, labels, [1e4]);
    const ofRows = rows.map((row) => decision({ weights, intercept }, row));
    expect(ofRows.every(Number.isFinite)).toBe(true);
    const residuals = ofRows.map((f, i) => Number(labels[i]) - 1 / (1 + Math.exp(-f)));
    expect(Math.abs(residuals.reduce((sum, r) => sum + r, 0))).toBeLessThan(1e-8);
    expect(residuals.reduce((sum, r, i) => sum + 1e4 * r * rows[i][0], 0)).toBeCloseTo(weights[0], 2);
  });

  test("refuses one label, and strengths that are none", () => {
    expect(() => fitLogistic([[1], [2]], [true, true], [1])).toThrow(
      "A regression needs rows of both labels; got 2 rows and 2 of 2 labels true.",
    );
    expect(() => fitLogistic([[1], [2]], [true], [1])).toThrow("got 2 rows and 1 of 1 labels true.");
    expect(() => fitLogistic([[1], [2]], [true, false], [0])).toThrow(
      "The strength C must be a positive number, not 0.",
    );
  });

  test("softplus neither overflows nor loses small values", () => {
    expect(softplus(800)).toBe(800);
    expect(softplus(-40)).toBeCloseTo(Math.exp(-40), 30);
    expect(softplus(0)).toBeCloseTo(Math.LN2, 15);
  });
});

describe("Cholesky's factorisation", () => {
  test("solves; refuses what is not positive definite", () => {
    // [[4, 2, 0], [2, 5, 3], [0, 3, 6]] x = y for x = (1, −2, 3)
    const { solve } = cholesky([4, 0, 0, 2, 5, 0, 0, 3, 6], 3);
    assertClose([...solve([0, 1, 12])], [1, -2, 3], { absolute: 1e-12, relative: 0 });
    expect(() => cholesky([1, 0, 2, 1], 2)).toThrow("The matrix is not positive definite: pivot 1 is -3.");
  });
});

/** Whether that Python has scikit-learn, not just PyTorch. */
function hasScikitLearn(): boolean {
  if (PYTHON === undefined) return false;
  const probe = "import importlib.util as u; print(u.find_spec('sklearn') is not None)";
  return execFileSync(PYTHON, ["-c", probe], { encoding: "utf8" }).trim() === "True";
}

describe.runIf(hasScikitLearn())("the scikit-learn that is installed", () => {
  test(
    "fits other data as ours",
    () => {
      const cases = JSON.parse(execFileSync(PYTHON!, [SCRIPT, OTHER_SEED], { encoding: "utf8" })) as Record<
        string,
        Case
      >;
      expect(Object.values(cases)[0].labels).not.toEqual(Object.values(fixture)[0].labels);
      for (const expected of Object.values(cases)) compare(expected);
    },
    MOST_MILLISECONDS,
  );
});
