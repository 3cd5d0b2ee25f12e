import type { ModelConfig } from "./config";

/** A tensor in plain numbers, row by row. */
export interface Plain {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The weights as loops read them: of a layer, and of the whole. */
export interface PlainLayer {
  readonly attentionNorm: Plain;
  readonly query: { readonly weight: Plain; readonly bias?: Plain };
  readonly key: { readonly weight: Plain; readonly bias?: Plain };
  readonly value: { readonly weight: Plain; readonly bias?: Plain };
  readonly output: { readonly weight: Plain };
  readonly mlpNorm: Plain;
  readonly gate: { readonly weight: Plain };
  readonly up: { readonly weight: Plain };
  readonly down: { readonly weight: Plain };
}
export interface PlainWeights {
  readonly embedding: Plain;
  readonly layers: readonly PlainLayer[];
  readonly finalNorm: Plain;
  readonly unembedding: Plain;
}

/** A vector a position. */
type Rows = number[][];
/** Per position, per head, a vector. */
type Heads = number[][][];

/** Everything that a hook of the layer sees, nested as the hook's axes without the batch. */
export interface ReferenceLayer {
  readonly resid_pre: Rows;
  readonly ln1_scale: number[];
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
  readonly rot_q: Heads;
  readonly rot_k: Heads;
  readonly attn_scores: number[][][];
  readonly pattern: number[][][];
  readonly z: Heads;
  readonly result: Heads;
  readonly attn_out: Rows;
  readonly resid_mid: Rows;
  readonly ln2_scale: number[];
  readonly mlp_out: Rows;
  readonly resid_post: Rows;
}

export interface Reference {
  readonly layers: readonly ReferenceLayer[];
  /** [T, V] */
  readonly logits: Rows;
}

/**
 * The decoder in loops over plain numbers, in double precision: what the fast one is tested against. It shares no code with it.
 * @param tokens   T ids of one sequence
 * @param pairing  which features of a head turn together: j and j + d/2, or 2j and 2j + 1 as the rows of GGUF's architecture llama ask for
 */
export function referenceForward(
  config: ModelConfig,
  weights: PlainWeights,
  tokens: readonly number[],
  pairing: "half" | "adjacent" = "half",
): Reference {
  let x = tokens.map((token) => row(weights.embedding, token));
  const layers = weights.layers.map((layer) => {
    const made = referenceLayer(config, layer, x, pairing);
    x = made.resid_post;
    return made;
  });
  const logits = x.map((vector) =>
    product(weights.unembedding, norm(vector, weights.finalNorm, config.epsilon).normed),
  );
  return { layers, logits };
}

function referenceLayer(
  { heads, kvHeads, headWidth, epsilon, ropeBase, ropeFactors }: ModelConfig,
  layer: PlainLayer,
  x: Rows,
  pairing: "half" | "adjacent",
): ReferenceLayer {
  const first = x.map((vector) => norm(vector, layer.attentionNorm, epsilon));
  const project = ({ weight, bias }: PlainLayer["query"], count: number): Heads =>
    first.map(({ normed }) => {
      const whole = product(weight, normed).map((value, i) => value + (bias?.values[i] ?? 0));
      return Array.from({ length: count }, (_, h) => whole.slice(h * headWidth, (h + 1) * headWidth));
    });
  const turn = (vectors: Heads): Heads =>
    vectors.map((atPosition, position) =>
      atPosition.map((vector) => {
        const turned = [...vector];
        for (let j = 0; j < headWidth / 2; j++) {
          const [a, b] = pairing === "half" ? [j, j + headWidth / 2] : [2 * j, 2 * j + 1];
          const angle = (position * ropeBase ** ((-2 * j) / headWidth)) / (ropeFactors?.[j] ?? 1);
          turned[a] = vector[a] * Math.cos(angle) - vector[b] * Math.sin(angle);
          turned[b] = vector[a] * Math.sin(angle) + vector[b] * Math.cos(angle);
        }
        return turned;
      }),
    );
  const q = project(layer.query, heads);
  const k = project(layer.key, kvHeads);
  const v = project(layer.value, kvHeads);
  const [rotQ, rotK] = [turn(q), turn(k)];
  const group = (head: number) => Math.floor(head / (heads / kvHeads));
  const attnScores = Array.from({ length: heads }, (_, h) =>
    rotQ.map((query, i) =>
      rotK.map((key, j) =>
        j > i ? Number.NEGATIVE_INFINITY : dot(query[h], key[group(h)]) / Math.sqrt(headWidth),
      ),
    ),
  );
  const pattern = attnScores.map((ofHead) => ofHead.map(softmax));
  const z = x.map((_, i) =>
    pattern.map((ofHead, h) =>
      Array.from({ length: headWidth }, (_, f) =>
        dot(
          ofHead[i],
          v.map((value) => value[group(h)][f]),
        ),
      ),
    ),
  );
  const result = z.map((atPosition) =>
    atPosition.map((vector, h) => {
      const alone = atPosition.flatMap((other, o) => (o === h ? vector : other.map(() => 0)));
      return product(layer.output.weight, alone);
    }),
  );
  const attnOut = z.map((atPosition) => product(layer.output.weight, atPosition.flat()));
  const residMid = x.map((vector, i) => add(vector, attnOut[i]));
  const second = residMid.map((vector) => norm(vector, layer.mlpNorm, epsilon));
  const mlpOut = second.map(({ normed }) => {
    const up = product(layer.up.weight, normed);
    const inner = product(layer.gate.weight, normed).map((u, i) => (u / (1 + Math.exp(-u))) * up[i]);
    return product(layer.down.weight, inner);
  });
  return {
    resid_pre: x,
    ln1_scale: first.map(({ scale }) => scale),
    q,
    k,
    v,
    rot_q: rotQ,
    rot_k: rotK,
    attn_scores: attnScores,
    pattern,
    z,
    result,
    attn_out: attnOut,
    resid_mid: residMid,
    ln2_scale: second.map(({ scale }) => scale),
    mlp_out: mlpOut,
    resid_post: residMid.map((vector, i) => add(vector, mlpOut[i])),
  };
}

function row({ shape, values }: Plain, index: number): number[] {
  return Array.from({ length: shape[1] }, (_, i) => values[index * shape[1] + i]);
}

/** W x. */
function product(weight: Plain, x: readonly number[]): number[] {
  return Array.from({ length: weight.shape[0] }, (_, out) => dot(row(weight, out), x));
}

function norm(x: readonly number[], gain: Plain, epsilon: number): { normed: number[]; scale: number } {
  const scale = Math.sqrt(dot(x, x) / x.length + epsilon);
  return { normed: x.map((value, i) => (gain.values[i] * value) / scale), scale };
}

function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]);
}
