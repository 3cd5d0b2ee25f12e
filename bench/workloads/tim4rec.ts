import { tiM4Rec } from "../../lib/recsys/models/tim4rec";
import { SEQUENTIAL, scanBenchmark } from "./sequential";

const { items, length, dimensions } = SEQUENTIAL;

export const tim4rec = scanBenchmark(
  "tim4rec",
  "TiM4Rec training step, B 128, L 50, d 64, 2 blocks, 4 heads, 32 states, 3,417 items, full softmax, Adam",
  (key) => tiM4Rec({ items, windowLength: length, dimensions }, key),
);
