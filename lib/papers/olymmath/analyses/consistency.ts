import type { SetMetrics } from "../metrics/setMetrics";

export interface ConsistencyGap {
  readonly k: number;
  readonly pass: number;
  readonly consensus: number;
  /** Problems that are solved now and then, but not by the vote: pass@k - cons@k. */
  readonly gap: number;
}

/** How far a model's best answers are ahead of those that it agrees on. @see OlymMATH, Pass@k against Cons@k */
export function consistencyGaps({
  pass,
  consensus,
}: Pick<SetMetrics, "pass" | "consensus">): ConsistencyGap[] {
  return pass.map(({ k, estimate: { value } }, i) => {
    const voted = consensus[i].estimate.value;
    return { k, pass: value, consensus: voted, gap: value - voted };
  });
}
