import type { ModelConfig } from "../../../llm/model";
import { type PositionGroup, positionsOf } from "../prompts/positionGroups";
import type { FieldSpans } from "../prompts/prompts";

/** An attention head at the positions of a group. */
export interface HeadModule {
  readonly layer: number;
  /** Query head. */
  readonly head: number;
  readonly group: PositionGroup;
}

/** A whole layer's MLP, or its attention, at the positions of a group. */
export interface LayerModule {
  readonly layer: number;
  readonly group: PositionGroup;
}

/** Parts of a model. A module may be listed with several groups: it then is at all of their positions. */
export interface Modules {
  readonly heads?: readonly HeadModule[];
  readonly mlps?: readonly LayerModule[];
  /** All heads of a layer. */
  readonly attns?: readonly LayerModule[];
}

/**
 * Knock-out replaces the listed modules at their positions: is the circuit necessary? Keep-only replaces every module that is not listed, and the listed ones at all
 * other positions: is it sufficient?
 */
export type AblationMode = "knockOut" | "keepOnly";

/**
 * The activations that an ablation reaches. Attention is ablated head by head, also where a whole layer's is: no model of this class has a bias behind W_O, so that
 * attn_out is linear in z, and a zero, a mean or another prompt's activation of all heads is that of attn_out.
 */
export const ABLATED_HOOKS = ["z", "mlp_out"] as const;
export type AblatedHook = (typeof ABLATED_HOOKS)[number];

/** Which activations of one prompt are replaced: 1, or not: 0. One array a layer, of z [T, H], of mlp_out [T]. */
export type Cells = Readonly<Record<AblatedHook, readonly Uint8Array[]>>;

/** All modules of a model at a group: what keep-only keeps of the MLPs while it asks for heads, say. */
export function everyModule({ layers }: Pick<ModelConfig, "layers">, group: PositionGroup = "all") {
  const inEveryLayer = Array.from({ length: layers }, (_, layer): LayerModule => ({ layer, group }));
  return { mlps: inEveryLayer, attns: inEveryLayer } satisfies Modules;
}

/** The prompt that modules are found in. */
export interface ModulePlace {
  readonly config: Pick<ModelConfig, "layers" | "heads">;
  /** T */
  readonly length: number;
  readonly ranges: FieldSpans;
}

/** @throws RangeError naming the module that the model does not have, or as `positionsOf` */
export function replacedCells(modules: Modules, mode: AblationMode, place: ModulePlace): Cells {
  const { heads = [], mlps = [], attns = [] } = modules;
  const { config, length } = place;
  const [listed, other] = mode === "knockOut" ? [1, 0] : [0, 1];
  const cells = {
    z: fields(config.layers, length * config.heads, other),
    mlp_out: fields(config.layers, length, other),
  };
  for (const { layer, head, group } of heads) {
    checkIndex("layer", layer, config.layers);
    checkIndex("head", head, config.heads);
    for (const position of positions(group, place)) cells.z[layer][position * config.heads + head] = listed;
  }
  for (const { layer, group } of attns) {
    checkIndex("layer", layer, config.layers);
    for (const position of positions(group, place))
      cells.z[layer].fill(listed, position * config.heads, (position + 1) * config.heads);
  }
  for (const { layer, group } of mlps) {
    checkIndex("layer", layer, config.layers);
    for (const position of positions(group, place)) cells.mlp_out[layer][position] = listed;
  }
  return cells;
}

/** The earliest layer and the earliest position of any layer that have a replaced activation. Without one: infinity. @param heads H */
export function reach({ z, mlp_out }: Cells, heads: number): { layer: number; position: number } {
  let [layer, position] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const l of z.keys())
    for (const cell of [Math.floor(z[l].indexOf(1) / heads), mlp_out[l].indexOf(1)])
      if (cell >= 0) [layer, position] = [Math.min(layer, l), Math.min(position, cell)];
  return { layer, position };
}

function positions(group: PositionGroup, { length, ranges }: ModulePlace): number[] {
  return positionsOf(group, length, ranges);
}

function fields(count: number, length: number, value: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(length).fill(value));
}

function checkIndex(what: string, index: number, count: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < count))
    throw new RangeError(`The model has no ${what} ${index}; they go from 0 to ${count - 1}.`);
}
