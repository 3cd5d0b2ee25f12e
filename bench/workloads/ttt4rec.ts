import { ttt4Rec } from "../../lib/recsys/models/ttt4rec";
import { SEQUENTIAL, scanBenchmark } from "./sequential";

const { items, dimensions } = SEQUENTIAL;

export const ttt4rec = scanBenchmark(
  "ttt4rec",
  "TTT4Rec training step, B 128, L 50, d 64, 1 block, 4 heads, mini-batches of 8, 3,417 items, full softmax, Adam",
  (key) => ttt4Rec({ items, dimensions }, key),
);
