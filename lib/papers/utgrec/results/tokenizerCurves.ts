import type { PlannedRun } from "../../../experiment/plan";
import type { UtgRecConfig } from "../config";

/** What the curve of a tokenizer's training is called: the sources', or that of the variant that is adapted, or trained, on the target. */
export function tokenizerCurve({ config, label }: Pick<PlannedRun, "config" | "label">): string {
  return (config as UtgRecConfig).part === "pretrained tokenizer"
    ? "on the sources"
    : `${label.split(":")[0]}, on the target`;
}
