import { gru4Rec } from "../../lib/recsys/models/gru4rec";
import { type Benchmark, fasterThan, torchSubject } from "../workload";
import { SEQUENTIAL, sequentialVariants } from "./sequential";

const { items, dimensions } = SEQUENTIAL;

export const gru: Benchmark = {
  name: "gru",
  title: "GRU4Rec training step, B 128, L 50, embedding and state 64, 3,417 items, full softmax, Adam",
  sizes: [0],
  variants: sequentialVariants((key) => gru4Rec({ items, dimensions, hidden: dimensions }, key)),
  runs: 1,
  torch: [""],
  isolated: true,
  bars: [fasterThan("compiled", torchSubject(""), 1)],
};
