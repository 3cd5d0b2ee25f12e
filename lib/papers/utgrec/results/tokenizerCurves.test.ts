import { expect, test } from "vitest";
import { planRuns } from "../../../experiment/plan";
import { utgRecConfig } from "../config";
import { experiment } from "../experiment";
import { tokenizerCurve } from "./tokenizerCurves";

test("a curve is named by where its tokenizer is trained, and by its variant on the target", () => {
  const configuration = { label: "UTGRec", config: utgRecConfig("smoke") };
  const names = planRuns(experiment, [configuration], [1])
    .filter(({ config }) => String((config as { part: string }).part).includes("tokenizer"))
    .map(tokenizerCurve);
  expect(names).toEqual(["on the sources", "UTGRec, on the target"]);
});
