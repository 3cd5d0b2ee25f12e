import { createRandom } from "../../../data/random";
import { adamW } from "../../../optim";
import { noGradient, tf } from "../../../tensor";
import { reassignCollisions } from "../collisions";
import { constrainedKMeans } from "../constrainedKMeans";
import type { ItemCodes } from "../itemCodes";
import { nearestCentre } from "../kmeans";
import type { Assignment } from "../residualQuantizer";
import { encodeItems, type RqVae } from "../rqVae";
import type { AddedLoss, Clustering } from "../rqVaeTraining";
import { sinkhornAssignment } from "../sinkhorn";
import { type ClusterMates, clusterMates, pickMates } from "./clusterMates";
import { collaborativeLoss, diversityLoss } from "./letterTerms";
import { runTokenizer, type TokenizerOptions, type TokenizerRun } from "./tokenizer";

export interface LetterTerms {
  /** CF, [items, d]: frozen item vectors of a collaborative model (LETTER: a SASRec), as wide as the codes. */
  readonly collaborative: tf.Tensor2D;
  /** α, weight of the collaborative term. Default 0.01. */
  readonly collaborativeWeight?: number;
  /** β, weight of the diversity term. Default 0.0001. */
  readonly diversityWeight?: number;
  /** Clusters of the codes of a level. Default 10. */
  readonly clusters?: number;
}

export interface LetterOptions extends TokenizerOptions, LetterTerms {
  /** Of AdamW. Default 0.0001. */
  readonly weightDecay?: number;
}

/**
 * LETTER's tokenizer: an RQ-VAE whose codes are trained by gradient with AdamW, from balanced k-means on all training items, with two terms more. One
 * draws the quantised item to its collaborative vector; the other spreads the codes, and clusters those of each level anew before every epoch. In
 * training the last level assigns its codes by Sinkhorn; at a snapshot every item has the nearest codes, and those that collide get other codes of the
 * last level, as far as there is room.
 *
 * What still collides shares its identifier: `collisions: "shared"` of the token map, for LETTER has no digit.
 *
 * LETTER has 2048, 1024, 512, 256, 128, 64 → 32 channels, 4 levels of 256 codes, 20,000 epochs of batches of 1024 items at a rate of 0.001.
 * @param content [items, inputs]
 * @throws Error where the collaborative vectors fit neither the items nor the codes, where a cluster would have one code alone, where there are fewer
 * training items than codes, or where the loss is not finite
 * @see Wang et al. 2024, arXiv:2405.07314, 3.2 and 3.3, and its code for the values
 */
export async function trainLetter(
  content: tf.Tensor2D,
  {
    collaborative,
    collaborativeWeight,
    diversityWeight,
    clusters,
    weightDecay = 1e-4,
    ...options
  }: LetterOptions,
): Promise<TokenizerRun> {
  const fitting = [content.shape[0], options.dimensions];
  if (collaborative.shape.join() !== fitting.join())
    throw new Error(
      `trainLetter: the collaborative vectors are [${collaborative.shape}], not [${fitting}]: give one an item, as wide as the codes.`,
    );
  return runTokenizer(content, options, {
    codebooks: "gradient",
    assignment: sinkhornOnLast(options.levels),
    optimizer: (parameters, { learningRate }) => adamW(parameters, { learningRate, weightDecay }),
    clustering: balanced,
    added: letterLoss({ collaborative, collaborativeWeight, diversityWeight, clusters }, options.seed),
    encode: spreadCodes,
  });
}

const START_ITERATIONS = 10;

const balanced: Clustering = (points, { clusters, seed }) => {
  const d = points.shape[1];
  const values = points.dataSync() as Float32Array;
  const { centres } = constrainedKMeans(values, d, { clusters, seed, maxIterations: START_ITERATIONS });
  return { centres: tf.tensor2d(centres, [clusters, d]) };
};

/** The nearest codes, but on the last level those of the cheapest even transport. */
function sinkhornOnLast(levels: number): Assignment {
  return (r, codebook, level) => {
    if (level < levels - 1) return nearestCentre(r, codebook);
    return tf.tidy(() => {
      const lengths = r.square().sum(1, true).add(codebook.square().sum(1));
      const products = tf.matMul(r, codebook, false, true).mul(2);
      return sinkhornAssignment(lengths.sub(products) as tf.Tensor2D);
    });
  };
}

/** α collaborative + β times the mean over the levels of the diversity. An item is in one batch of an epoch, so that its draws are made beforehand. */
export function letterLoss(
  { collaborative, collaborativeWeight = 0.01, diversityWeight = 1e-4, clusters = 10 }: LetterTerms,
  seed: number,
): AddedLoss {
  return {
    epochTensors({ weights, options: { levels } }, epoch) {
      const random = createRandom(seed, epoch, DRAWS);
      const draws = Float32Array.from({ length: collaborative.shape[0] * levels }, () => random.uniform());
      const tensors: Record<string, tf.Tensor> = {
        draws: tf.tensor2d(draws, [draws.length / levels, levels]),
      };
      books(weights).forEach((book, level) => {
        const { mates, counts } = clusterMates(book, { clusters, seed: seed + epoch * levels + level });
        tensors[`mates${level}`] = mates;
        tensors[`counts${level}`] = counts;
      });
      return tensors;
    },
    loss({ model: { weights }, quantized: { quantized, codes, chosen }, rows, tensors }) {
      const [ofLevel, drawn] = noGradient(() => [
        tf.unstack(codes, 1) as tf.Tensor1D[],
        tf.unstack(tf.gather(tensors.draws, rows), 1) as tf.Tensor1D[],
      ]);
      const diversity = books(weights).map((book, level) => {
        const ofCluster = {
          mates: tensors[`mates${level}`],
          counts: tensors[`counts${level}`],
        } as ClusterMates;
        const positives = noGradient(() => pickMates(ofLevel[level], ofCluster, drawn[level]));
        return diversityLoss(chosen[level], book, ofLevel[level], positives);
      });
      const own = noGradient(() => tf.gather<tf.Tensor2D>(collaborative, rows));
      return collaborativeLoss(quantized, own)
        .mul<tf.Scalar>(collaborativeWeight)
        .add(tf.addN(diversity).mul(diversityWeight / diversity.length));
    },
  };
}

/** Names the stream of random numbers. */
const DRAWS = 1;

function books({ codebooks }: RqVae["weights"]): readonly tf.Tensor2D[] {
  return codebooks as readonly tf.Tensor[] as readonly tf.Tensor2D[];
}

/** The nearest codes, the last one of items that collide assigned anew. */
function spreadCodes(model: RqVae, content: tf.Tensor2D): ItemCodes {
  const { codes, lastResiduals } = encodeItems(model, content);
  try {
    return reassignCollisions(codes, lastResiduals, books(model.weights)[codes.levels - 1]);
  } finally {
    lastResiduals.dispose();
  }
}
