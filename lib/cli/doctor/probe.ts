import { availableParallelism } from "node:os";
import { backendReport, tf } from "../../tensor";

/**
 * What the tensor backend is and whether it calculates: run in a process of its own, so that a crash of the native kernel is a finding and
 * not the doctor's end. Prints one line of JSON.
 */
function probe(): void {
  const product = tf.tidy(
    () =>
      tf
        .matMul(tf.fill([64, 64], 2), tf.fill([64, 64], 0.5))
        .sum()
        .dataSync()[0],
  );
  const report = { ...backendReport(), correct: product === 64 * 64 * 64, cores: availableParallelism() };
  console.log(JSON.stringify(report));
}

if (require.main === module) probe();
