import { writeFileSync } from "node:fs";
import path from "node:path";
import { realRequest, tinyRequest, tinySubject, transformerLens } from "./transformerLensTesting";

/**
 * Writes what transformerLens.test.ts compares with: `tsx transformerLensFixtures.ts tiny`, or the path of SmolLM2's file for `tiny`. A Python that has
 * TransformerLens is in REPRISE_TORCH_PYTHON.
 */
async function main([which]: string[]): Promise<void> {
  const tiny = which === "tiny";
  const request = tiny ? tinyRequest(tinySubject(1)) : await realRequest(which);
  const answers = transformerLens(process.env.REPRISE_TORCH_PYTHON ?? "python", request);
  const rounded = JSON.stringify(answers, (_, value) =>
    typeof value === "number" ? Number(value.toFixed(6)) : value,
  );
  writeFileSync(
    path.join(__dirname, tiny ? "transformerLensTiny.json" : "transformerLensSmollm2.json"),
    `${rounded}\n`,
  );
}

void main(process.argv.slice(2));
