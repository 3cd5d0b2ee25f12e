import type { Benchmark } from "../workload";
import { call } from "./call";
import { dispatch } from "./dispatch";
import { gru } from "./gru";
import { mamba4rec } from "./mamba4rec";
import { matmul } from "./matmul";
import { mlp } from "./mlp";
import { sasrec } from "./sasrec";
import { tim4rec } from "./tim4rec";
import { ttt4rec } from "./ttt4rec";

export const BENCHMARKS: readonly Benchmark[] = [
  sasrec,
  gru,
  mamba4rec,
  tim4rec,
  ttt4rec,
  mlp,
  matmul,
  dispatch,
  call,
];
