import type { LoadOptions } from "../../lib/llm/model";
import { duration } from "../report";
import type { Verdict } from "../run";

/** How a model's weights are kept in memory; see lib/llm/model/load.ts. */
export type LoadMode = NonNullable<LoadOptions["weights"]>;

export const LOAD_MODES: readonly LoadMode[] = ["expanded", "quantised"];

/** What loading a model and running it took, in a process of its own. */
export interface LoadFigures {
  /** Resident memory before: the runtime alone. */
  readonly runtimeBytes: number;
  readonly loadSeconds: number;
  /** Of all processors together: what loading takes on a machine that does nothing else. */
  readonly loadProcessorSeconds: number;
  /** Resident memory with the model, and the highest until then. */
  readonly loadedBytes: number;
  readonly loadPeakBytes: number;
  /** Of the first forward pass, and of the quickest of those after it. */
  readonly firstPassSeconds: number;
  readonly passSeconds: number;
  /** The highest resident memory of all, the passes included. */
  readonly peakBytes: number;
}

/** A model of 135 million values. */
const MOST_LOAD_SECONDS = 5;
const MOST_LOAD_BYTES = 1.2e9;

export function loadVerdicts(figures: Readonly<Record<LoadMode, LoadFigures>>): Verdict[] {
  const { expanded } = figures;
  return [
    ...LOAD_MODES.map((mode) => ({
      text: `loads ${mode} in less than ${MOST_LOAD_SECONDS} s`,
      value: duration(figures[mode].loadSeconds),
      pass: figures[mode].loadSeconds < MOST_LOAD_SECONDS,
    })),
    {
      text: `loads expanded in less than ${megabytes(MOST_LOAD_BYTES)}, the runtime included`,
      value: megabytes(expanded.loadPeakBytes),
      pass: expanded.loadPeakBytes < MOST_LOAD_BYTES,
    },
  ];
}

/** One block of lines a mode, then the limits with their verdicts. */
export function formatLoadFigures(figures: Readonly<Record<LoadMode, LoadFigures>>): string {
  const modes = LOAD_MODES.flatMap((mode) => {
    const of = figures[mode];
    return [
      `${mode}:`,
      `  loaded in ${duration(of.loadSeconds)}, ${duration(of.loadProcessorSeconds)} of processors`,
      `  memory ${megabytes(of.loadedBytes)} when loaded, ${megabytes(of.loadPeakBytes)} at its peak until then (${megabytes(of.runtimeBytes)} of it the runtime)`,
      `  forward pass of 128 tokens ${duration(of.passSeconds)}, the first ${duration(of.firstPassSeconds)}; peak of all ${megabytes(of.peakBytes)}`,
    ];
  });
  const verdicts = loadVerdicts(figures).map(
    ({ text, value, pass }) => `${pass ? "pass" : "FAIL"}  ${text}: ${value}`,
  );
  return [...modes, ...verdicts].join("\n");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
