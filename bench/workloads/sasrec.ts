import { sasRec } from "../../lib/recsys/models/sasrec";
import * as Rng from "../../lib/tensor/rng";
import { type Benchmark, DEFAULT_ALLOCATOR, fasterThan, torchSubject, type Workload } from "../workload";
import { SEQUENTIAL, sequentialStep } from "./sequential";

const COMPILE_SECONDS = 5;

/** Our model computes the last block at the position that is read only; PyTorch is timed that way and at all positions. */
const PRUNED = "last position only";
const EVERYWHERE = "all positions";

function step(mode: Parameters<typeof sequentialStep>[1]): Workload {
  const { items, length, dimensions } = SEQUENTIAL;
  const key = Rng.key(3);
  const model = sasRec({ items, windowLength: length, dimensions }, key);
  key.dispose();
  return sequentialStep(model, mode);
}

export const sasrec: Benchmark = {
  name: "sasrec",
  title: "SASRec training step, B 128, L 50, d 64, 2 blocks, 3,417 items, full softmax, Adam",
  sizes: [0],
  variants: {
    compiled: () => step("as trained"),
    XLA: () => step("XLA"),
    "op by op": () => step("op by op"),
  },
  runs: 1,
  torch: [EVERYWHERE, PRUNED],
  isolated: true,
  bars: [
    fasterThan("compiled", torchSubject(EVERYWHERE), 1),
    fasterThan("compiled", torchSubject(PRUNED), 1),
    fasterThan("compiled", DEFAULT_ALLOCATOR, 3),
    {
      text: `traced and compiled in less than ${COMPILE_SECONDS} s`,
      check({ firstSeconds, seconds }) {
        if (firstSeconds.compiled === undefined) return undefined;
        const value = firstSeconds.compiled - seconds.compiled;
        return { value: `${value.toFixed(1)} s`, pass: value < COMPILE_SECONDS };
      },
    },
    {
      text: "peak memory no higher than PyTorch's",
      check({ peakBytes }) {
        const [ours, theirs] = [peakBytes.compiled, peakBytes[torchSubject(EVERYWHERE)]];
        if (ours === undefined || theirs === undefined) return undefined;
        return { value: `${(ours / theirs).toFixed(2)} of it`, pass: ours <= theirs };
      },
    },
  ],
};
