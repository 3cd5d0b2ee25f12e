import { mamba4Rec } from "../../lib/recsys/models/mamba4rec";
import { SEQUENTIAL, scanBenchmark } from "./sequential";

const { items, dimensions } = SEQUENTIAL;

export const mamba4rec = scanBenchmark(
  "mamba4rec",
  "Mamba4Rec training step, B 128, L 50, d 64, 1 block, 32 states, 3,417 items, full softmax, Adam",
  (key) => mamba4Rec({ items, dimensions }, key),
);
