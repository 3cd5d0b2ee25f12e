import { beamSearchFrom, DEAD } from "../../recsys/generative/beamSearch";
import { encode } from "../../recsys/generative/t5";
import { decoderMemory, readPrefix } from "../../recsys/generative/t5Cache";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { trieTensors } from "../../recsys/generative/trieTensors";
import type { SequentialDataset } from "../../recsys/sequences";
import { filledUp } from "../../recsys/stepping";
import { compile, tf } from "../../tensor";
import { type HistoryOptions, historyTokens, targetTokens } from "./historyBatches";
import { answerLogProbs, repeated } from "./likelihoods";
import type { StreamTokens } from "./tokens";

/** What the direct model thinks of a case; no trace has a part in it. */
export interface DirectOpinion {
  /** log P(target | x), in nats. */
  readonly likelihood: number;
  /** [beams] the items it likes best, best first; 0 where there are no more. The target may be among them. */
  readonly items: Int32Array;
}

export interface DirectOpinions {
  /** Of each case, in order; computed when a case is first met. @param cases events to predict */
  of(cases: Int32Array): DirectOpinion[];
  dispose(): void;
}

export interface DirectOpinionOptions extends HistoryOptions {
  readonly beams: number;
  /** Cases a batch; every batch has this many. */
  readonly batchSize: number;
}

/** @param direct  a trained TIGER, which must stay as it is */
export function directOpinions(
  direct: T5<tf.Tensor>,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  { beams, batchSize, ...window }: DirectOpinionOptions,
): DirectOpinions {
  const trie = trieTensors(tokens.map);
  const prefix = [tokens.startDirect];
  const program = compile(
    (inputs: tf.Tensor2D, targets: tf.Tensor2D) =>
      tf.tidy(() => {
        const encoded = encode(direct, inputs);
        const memory = decoderMemory(direct, encoded);
        const start = { memory, ...readPrefix(direct, memory, prefix) };
        const { items, scores } = beamSearchFrom(direct, start, trie, { beams, constrained: true });
        const likelihoods = answerLogProbs(direct, encoded, repeated(prefix, batchSize), targets);
        return { items, scores, likelihoods };
      }),
    { name: "opinions of the direct model", xla: false },
  );
  const known = new Map<number, DirectOpinion>(); // by event

  function learn(cases: Int32Array): void {
    const rows = filledUp(cases, batchSize);
    const rowsOf = (values: Int32Array) =>
      tf.tensor2d(values, [batchSize, values.length / batchSize], "int32");
    const [items, scores, likelihoods] = tf.tidy(() => {
      const found = program(
        rowsOf(historyTokens(dataset, rows, tokens, window)),
        rowsOf(targetTokens(dataset, rows, tokens)),
      );
      return [found.items, found.scores, found.likelihoods].map((tensor) => tensor.dataSync());
    });
    cases.forEach((event, row) => {
      const at = row * beams;
      known.set(event, {
        likelihood: likelihoods[row],
        items: Int32Array.from({ length: beams }, (_, beam) =>
          scores[at + beam] > DEAD ? items[at + beam] : 0,
        ),
      });
    });
  }

  return {
    of(cases) {
      const fresh = Int32Array.from(new Set(cases.filter((event) => !known.has(event))));
      for (let start = 0; start < fresh.length; start += batchSize)
        learn(fresh.subarray(start, start + batchSize));
      return Array.from(cases, (event) => known.get(event) as DirectOpinion);
    },
    dispose() {
      program.dispose();
      tf.dispose([...trie.children]);
    },
  };
}
