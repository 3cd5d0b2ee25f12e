import { sasRec } from "../../lib/recsys/models/sasrec";
import { type Benchmark, DEFAULT_ALLOCATOR, fasterThan, torchSubject } from "../workload";
import { EVERYWHERE, PRUNED, SEQUENTIAL, sequentialVariants } from "./sequential";

const COMPILE_SECONDS = 5;

const { items, length, dimensions } = SEQUENTIAL;

export const sasrec: Benchmark = {
  name: "sasrec",
  title: "SASRec training step, B 128, L 50, d 64, 2 blocks, 3,417 items, full softmax, Adam",
  sizes: [0],
  variants: sequentialVariants((key) => sasRec({ items, windowLength: length, dimensions }, key)),
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
