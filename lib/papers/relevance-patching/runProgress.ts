import { setImmediate as eventLoop } from "node:timers/promises";
import { Interrupted, type RunContext } from "../../experiment/experiment";

/** Where a run's time goes; shown as its progress. */
interface Stage {
  readonly name: string;
  /** Of the whole. */
  readonly share: number;
}

const STAGES = {
  judging: { name: "judging all pairs", share: 0.15 },
  stream: { name: "patching the stream", share: 0.2 },
  heads: { name: "patching heads", share: 0.3 },
  ablation: { name: "ablating heads", share: 0.3 },
  analyses: { name: "lens, attributions, probes", share: 0.05 },
} as const satisfies Record<string, Stage>;

/** Tells how far a stage has come, and lets whoever listens, or asks the run to stop, have a turn. */
export type Report = (done: number, total: number) => Promise<void>;
export type StageReporter = (stage: keyof typeof STAGES) => Report;

/** Progress of the whole run, in per cent. @throws Interrupted where the run is asked to stop */
export function stageReporter(context: RunContext): StageReporter {
  const names = Object.keys(STAGES) as (keyof typeof STAGES)[];
  return (stage) => async (done, total) => {
    await eventLoop();
    if (context.signal.aborted) throw new Interrupted();
    const before = names.slice(0, names.indexOf(stage)).reduce((sum, name) => sum + STAGES[name].share, 0);
    context.progress(
      Math.round(100 * (before + (STAGES[stage].share * done) / total)),
      100,
      STAGES[stage].name,
    );
  };
}
