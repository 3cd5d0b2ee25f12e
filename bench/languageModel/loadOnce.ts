import { loadGguf, run } from "../../lib/llm/model";
import { disposeTree, tf } from "../../lib/tensor";
import { peakBytes } from "../memory";
import type { LoadFigures, LoadMode } from "./figures";

/** Positions of the forward pass. */
const TOKENS = 128;
const PASSES = 3;

/** Loads a model file in this process, runs it, and writes what that took: `loadOnce.ts <file> <expanded|quantised>`. */
function main(): void {
  const [file, weights] = process.argv.slice(2);
  const runtimeBytes = process.memoryUsage.rss();
  const [start, before] = [performance.now(), process.cpuUsage()];
  const model = loadGguf(file, { weights: weights as LoadMode });
  const { user, system } = process.cpuUsage(before);
  const loadSeconds = (performance.now() - start) / 1000;
  const loadedBytes = process.memoryUsage.rss();
  const loadPeakBytes = peakBytes();

  const ids = Array.from({ length: TOKENS }, (_, i) => (i * 97) % model.config.vocabulary);
  const passes = Array.from({ length: 1 + PASSES }, () => {
    const from = performance.now();
    tf.tidy(() => {
      const { logits } = run(model, tf.tensor2d([ids], [1, TOKENS], "int32"));
      logits.slice([0, TOKENS - 1, 0], [1, 1, 1]).dataSync();
    });
    return (performance.now() - from) / 1000;
  });
  const [firstPassSeconds, ...others] = passes;
  const figures: LoadFigures = {
    runtimeBytes,
    loadSeconds,
    loadProcessorSeconds: (user + system) / 1e6,
    loadedBytes,
    loadPeakBytes,
    firstPassSeconds,
    passSeconds: Math.min(...others),
    peakBytes: peakBytes(),
  };
  disposeTree(model.weights);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

main();
