import type { Benchmark } from "../workload";
import { call } from "./call";
import { dispatch } from "./dispatch";
import { gru } from "./gru";
import { matmul } from "./matmul";
import { mlp } from "./mlp";
import { sasrec } from "./sasrec";

export const BENCHMARKS: readonly Benchmark[] = [sasrec, gru, mlp, matmul, dispatch, call];
