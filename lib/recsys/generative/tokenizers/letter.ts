import { adamW } from "../../../optim";
import { noGradient, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { reassignCollisions } from "../collisions";
import { constrainedKMeans } from "../constrainedKMeans";
import { nearestCentre } from "../kmeans";
import { type Assignment, quantizeResiduals } from "../residualQuantizer";
import { applyMlp, encodeItems, type RqVae, rqVae } from "../rqVae";
import { type CodebookStart, type ExtraLoss, trainRqVae } from "../rqVaeTraining";
import { sinkhornAssignment } from "../sinkhorn";
import { collaborativeLoss, diversityLoss, othersOfCluster } from "./letterLoss";
import { runTokenizer, type TokenizerOptions, type TokenizerRun } from "./run";

export interface LetterOptions extends TokenizerOptions {
  /** CF, [items, d]: frozen item vectors of a collaborative model (LETTER: a SASRec) of the width of the codes. */
  readonly collaborative: tf.Tensor2D;
  /** α, weight of the collaborative term. Default 0.01. */
  readonly collaborativeWeight?: number;
  /** β, weight of the diversity term. Default 0.0001. */
  readonly diversityWeight?: number;
  /** Clusters of the codes of a level. Default 10. */
  readonly clusters?: number;
  /** Of AdamW. Default 0.0001. */
  readonly weightDecay?: number;
}

/**
 * LETTER's tokenizer: an RQ-VAE whose codes are trained by gradient, with two terms more. The quantised vector of an item is drawn to its collaborative
 * vector, and codes to others of their cluster, the codes of a level being clustered anew, in clusters of equal size, before each epoch. In training the last
 * level assigns its codes by Sinkhorn. In the end, and at every snapshot, items that collide get other codes of the last level; those that still collide share
 * their identifier: build the token map with `collisions: "shared"`, which has no further digit and counts such an identifier as the first of its items.
 * (With `"digit"` they would be told apart as TIGER's are, which LETTER does not do.)
 *
 * Defaults: 2048, 1024, 512, 256, 128, 64 → 32 channels, 4 levels of 256 codes, 20,000 epochs of batches of 1024, AdamW at 0.001.
 * @param content [items, inputs]
 * @throws Error where the collaborative vectors do not fit the items or the codes, where there are fewer training items than codes, or where the loss is
 * not finite
 * @see Wang et al. 2024, arXiv:2405.07314, 3.2 and 3.3, and its code for the values
 */
export async function trainLetter(
  content: tf.Tensor2D,
  {
    hidden = [2048, 1024, 512, 256, 128, 64],
    dimensions = 32,
    levels = 4,
    codes = 256,
    epochs = 20_000,
    batchSize = 1024,
    learningRate = 0.001,
    weightDecay = 0.0001,
    collaborative,
    ...options
  }: LetterOptions,
): Promise<TokenizerRun> {
  const [items, inputs] = content.shape;
  if (collaborative.shape[0] !== items || collaborative.shape[1] !== dimensions)
    throw new Error(
      `trainLetter: the collaborative vectors are [${collaborative.shape}], not [${items},${dimensions}]: one an item, as wide as the codes.`,
    );
  const assignment = sinkhornOnLast(levels);
  const key = Rng.key(options.seed);
  const model = rqVae({ inputs, hidden, dimensions, levels, codes, codebooks: "gradient", assignment }, key);
  key.dispose();
  const terms = letterTerms(model, { ...options, collaborative });
  try {
    return await runTokenizer(model, () =>
      trainRqVae(model, content, {
        ...options,
        epochs,
        batchSize,
        learningRate,
        optimizer: (trained, rate) => adamW(trained, { learningRate: rate, weightDecay }),
        start: balancedStart,
        extraLoss: terms,
        encode: spreadCodes,
      }),
    );
  } finally {
    terms.dispose();
  }
}

/** Nearest codes, but on the last level those of the cheapest even transport. */
function sinkhornOnLast(levels: number): Assignment {
  return (r, codebook, level) => {
    if (level < levels - 1) return nearestCentre(r, codebook);
    return tf.tidy(() => {
      const products = tf.matMul(r, codebook, false, true).mul(2);
      const lengths = r.square().sum(1, true).add(codebook.square().sum(1));
      return sinkhornAssignment(lengths.sub(products) as tf.Tensor2D);
    });
  };
}

/** Codes for a start: k-means with clusters of equal size on the latents of all training items, and on what each level leaves. */
export const balancedStart: CodebookStart = ({ weights, options }, content, _, seed) =>
  tf.tidy(() => {
    let residuals = applyMlp(weights.encoder, content);
    weights.codebooks.forEach((book, level) => {
      const points = residuals.dataSync() as Float32Array;
      const { centres } = constrainedKMeans(points, options.dimensions, {
        clusters: options.codes,
        seed: seed + level,
        maxIterations: START_ITERATIONS,
      });
      book.assign(tf.tensor2d(centres, [options.codes, options.dimensions]));
      residuals = quantizeResiduals(residuals, [book as tf.Tensor as tf.Tensor2D]).remainder;
    });
  });

const START_ITERATIONS = 10;

/** α collaborative + β diversity, the latter a mean over the levels. */
export function letterTerms(
  { options }: RqVae,
  {
    collaborative,
    collaborativeWeight = 0.01,
    diversityWeight = 0.0001,
    clusters = 10,
    seed,
  }: Pick<LetterOptions, "collaborative" | "collaborativeWeight" | "diversityWeight" | "clusters" | "seed">,
): ExtraLoss & { dispose(): void } {
  const { levels, codes: K, dimensions } = options;
  const width = Math.max(1, Math.ceil(K / clusters) - 1);
  const state = tf.tidy(() =>
    Array.from({ length: levels }, () => ({
      others: tf.variable(tf.zeros([K, width], "int32"), false),
      counts: tf.variable(tf.zeros([K], "int32"), false),
    })),
  );
  return {
    beforeEpoch({ weights }, epoch) {
      weights.codebooks.forEach((book, level) => {
        const points = Float32Array.from(book.dataSync());
        const { labels } = constrainedKMeans(points, dimensions, {
          clusters,
          seed: seed + epoch * levels + level,
        });
        const { others, counts } = othersOfCluster(labels, width);
        tf.tidy(() => {
          state[level].others.assign(tf.tensor2d(others, [K, width], "int32"));
          state[level].counts.assign(tf.tensor1d(counts, "int32"));
        });
      });
    },
    of({ weights }, { codes, chosen, quantized }, rows, key) {
      const keys = Rng.split(key, levels);
      const ofLevel = tf.unstack(codes, 1) as tf.Tensor1D[];
      const diversity = chosen.map((e, level) =>
        diversityLoss(
          e,
          ofLevel[level],
          weights.codebooks[level] as tf.Tensor as tf.Tensor2D,
          state[level],
          keys[level],
        ),
      );
      const own = noGradient(() => tf.gather<tf.Tensor2D>(collaborative, rows));
      return collaborativeLoss(quantized, own)
        .mul<tf.Scalar>(collaborativeWeight)
        .add(tf.addN(diversity).mul(diversityWeight / levels));
    },
    dispose() {
      for (const { others, counts } of state) tf.dispose([others, counts]);
    },
  };
}

/** The nearest codes, with the last one of colliding items assigned anew. */
function spreadCodes(model: RqVae, content: tf.Tensor2D) {
  const { codes, lastResiduals } = encodeItems(model, content);
  const { codebooks } = model.weights;
  const spread = reassignCollisions(
    codes,
    lastResiduals,
    codebooks[codebooks.length - 1] as tf.Tensor as tf.Tensor2D,
  );
  lastResiduals.dispose();
  return spread;
}
