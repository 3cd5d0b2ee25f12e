import { gru4Rec } from "../../lib/recsys/models/gru4rec";
import * as Rng from "../../lib/tensor/rng";
import { type Benchmark, fasterThan, torchSubject, type Workload } from "../workload";
import { SEQUENTIAL, sequentialStep } from "./sequential";

function step(mode: Parameters<typeof sequentialStep>[1]): Workload {
  const { items, dimensions } = SEQUENTIAL;
  const key = Rng.key(3);
  const model = gru4Rec({ items, dimensions, hidden: dimensions }, key);
  key.dispose();
  return sequentialStep(model, mode);
}

export const gru: Benchmark = {
  name: "gru",
  title: "GRU4Rec training step, B 128, L 50, embedding and state 64, 3,417 items, full softmax, Adam",
  sizes: [0],
  variants: {
    compiled: () => step("as trained"),
    XLA: () => step("XLA"),
    "op by op": () => step("op by op"),
  },
  runs: 1,
  torch: [""],
  isolated: true,
  bars: [fasterThan("compiled", torchSubject(""), 1)],
};
