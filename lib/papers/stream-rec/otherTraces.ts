import { createRandom } from "../../data/random";
import { identifier } from "../../recsys/generative/tokenMap";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import { drawSimilar, type SimilarItems } from "./similarItems";
import type { StreamTokens } from "./tokens";
import type { TraceTable } from "./traceTable";

/** Traces that no inference has made: what annotated ones are compared with. */

export interface OtherTracesOptions {
  /** l */
  readonly steps: number;
  readonly seed: number;
  /** Every epoch draws anew. */
  readonly epoch: number;
}

/** Names the streams of random numbers. */
const [RANDOM, SIMILAR] = [3, 4];

/** Any code tokens, each as likely as any other: thinking of which nothing can be learnt. */
export function randomTraces(
  { codeTokens: { first, count } }: StreamTokens,
  cases: Int32Array,
  { steps, seed, epoch }: OtherTracesOptions,
): TraceTable {
  const traces = new Int32Array(cases.length * steps);
  cases.forEach((event, row) => {
    const random = createRandom(seed, epoch, event, RANDOM);
    for (let i = 0; i < steps; i++) traces[row * steps + i] = first + random.integer(count);
  });
  return { cases, steps, traces };
}

/** The last l tokens of items similar to the target, as stage 1 writes them: ever more similar ones. */
export function similarTraces(
  dataset: SequentialDataset,
  tokens: StreamTokens,
  similar: SimilarItems,
  cases: Int32Array,
  { steps, seed, epoch }: OtherTracesOptions,
): TraceTable {
  refuseHeldOut(dataset, cases);
  const { map, digits } = tokens;
  const draws = Math.ceil(steps / digits);
  const traces = new Int32Array(cases.length * steps);
  cases.forEach((event, row) => {
    const random = createRandom(seed, epoch, event, SIMILAR);
    const items = drawSimilar(similar, dataset, event, draws, random);
    const written = Array.from(items).flatMap((item) => [...identifier(map, item)]);
    traces.set(written.slice(written.length - steps), row * steps);
  });
  return { cases, steps, traces };
}
