import type { TraceReport } from "../lib/tensor";

/** A piece of work to time. */
export interface Workload {
  /** Does it once, to the end: a result has been read back when it returns. */
  run(): void;
  /** How it was traced; empty where it runs op by op. */
  report(): TraceReport[];
  dispose(): void;
}

/** What a bar is checked against: seconds a run and other figures of each subject, by name. */
export interface Figures {
  readonly seconds: Readonly<Record<string, number>>;
  /** From the first call to its result, tracing and compiling included. */
  readonly firstSeconds: Readonly<Record<string, number>>;
  /** Highest resident memory of a fresh process that does the work some times. */
  readonly peakBytes: Readonly<Record<string, number>>;
}

/** A limit that the figures are held against: printed with its verdict, never asserted. */
export interface Bar {
  readonly text: string;
  /** The figure, and whether it keeps the limit; undefined where a subject was not measured. */
  check(figures: Figures, size: number): { value: string; pass: boolean } | undefined;
}

/** Names of the subjects that are not variants of the workload itself. */
export const DEFAULT_ALLOCATOR = "op by op, default allocator";
export const torchSubject = (variant: string): string => (variant === "" ? "PyTorch" : `PyTorch, ${variant}`);

/** So many of something. */
export interface Work {
  readonly amount: number;
  /** In the plural: tokens. */
  readonly unit: string;
}

export interface Benchmark {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** What varies; a single size stands for a benchmark that has none. */
  readonly sizes: readonly number[];
  readonly sizeName?: string;
  /** The ways of doing it in this process. The first is the one that the others are compared to. */
  readonly variants: Readonly<Record<string, (size: number) => Workload>>;
  /** What a run of a size does, for its rate a second. */
  readonly work?: (size: number) => Work;
  /** Runs within one reading of the clock. */
  readonly runs: number;
  /** Variants of PyTorch's side, as torch/<name>.py knows them; "" is its only one. */
  readonly torch: readonly string[];
  /** Time `op by op` in a process with the C library's own allocator settings too, and compare peak memory. */
  readonly isolated?: boolean;
  readonly bars?: readonly Bar[];
}

/** other / ours as a bar: how many times as fast we are, which must be at least `least`. */
export function fasterThan(ours: string, other: string, least: number): Bar {
  return {
    text: `at least ${least} × as fast as ${other}`,
    check({ seconds }) {
      if (seconds[ours] === undefined || seconds[other] === undefined) return undefined;
      const ratio = seconds[other] / seconds[ours];
      return { value: `${ratio.toFixed(2)} ×`, pass: ratio >= least };
    },
  };
}

/** ours / other as a bar: how many times as slow we are, which must be at most `most`. */
export function noSlowerThan(ours: string, other: string, most: number): Bar {
  return {
    text: `at most ${most} × the time of ${other}`,
    check({ seconds }) {
      if (seconds[ours] === undefined || seconds[other] === undefined) return undefined;
      const ratio = seconds[ours] / seconds[other];
      return { value: `${ratio.toFixed(2)} ×`, pass: ratio <= most };
    },
  };
}
