import type { Benchmark } from "../workload";
import { beam } from "./beam";
import { call } from "./call";
import { decode, prefill } from "./decoder";
import { dequantise } from "./dequantise";
import { dispatch } from "./dispatch";
import { gru } from "./gru";
import { influence } from "./influence";
import { mamba4rec } from "./mamba4rec";
import { matmul } from "./matmul";
import { mlp } from "./mlp";
import { sampling } from "./sampling";
import { sasrec } from "./sasrec";
import { t5 } from "./t5";
import { tim4rec } from "./tim4rec";
import { ttt4rec } from "./ttt4rec";
import { verdicts } from "./verdicts";

export const BENCHMARKS: readonly Benchmark[] = [
  sasrec,
  gru,
  mamba4rec,
  tim4rec,
  ttt4rec,
  t5,
  beam,
  sampling,
  influence,
  mlp,
  matmul,
  dispatch,
  prefill,
  decode,
  dequantise,
  call,
  verdicts,
];
