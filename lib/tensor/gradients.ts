import * as tf from "@tensorflow/tfjs";
import { cumprodGradient, cumsumGradient } from "./ops/cumulative";
import { einsumGradient } from "./ops/einsum";
import { gatherGradient, segmentSumGradient } from "./ops/gather";
import { gatherNdGradient, scatterNdGradient, stridedSliceGradient } from "./ops/indexing";
import { matMulGradient } from "./ops/matMul";
import { castGradient, comparisonGradients } from "./ops/piecewise";
import { meanGradient, sumGradient, tileGradient } from "./ops/reductions";
import { topKGradient } from "./ops/topK";
import { selectGradient } from "./ops/where";
import { repairTapeOrder } from "./tape";

/**
 * The gradients that tfjs lacks, gets wrong, or computes wastefully. They are registered for tfjs's own kernels, so that
 * `tf.matMul` is as right as `matMul`. Importing this file registers them.
 */
const repairs: readonly tf.GradConfig[] = [
  castGradient,
  ...comparisonGradients,
  cumprodGradient,
  cumsumGradient,
  einsumGradient,
  gatherGradient,
  gatherNdGradient,
  matMulGradient,
  meanGradient,
  scatterNdGradient,
  segmentSumGradient,
  selectGradient,
  stridedSliceGradient,
  sumGradient,
  tileGradient,
  topKGradient,
];

for (const repair of repairs) tf.registerGradient(repair);
repairTapeOrder();
