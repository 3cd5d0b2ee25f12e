import type { Random } from "../../../data/random";
import { mean } from "../../../experiment/statistics";
import type { HookName } from "../../../llm/model";
import { patch } from "../../../llm/model/patch";
import { scoped } from "../../../llm/model/scope";
import type { tf } from "../../../tensor";
import {
  type CircuitInstruction,
  type CircuitPair,
  type CircuitPlaces,
  circuitPair,
  circuitPrompt,
  KINDS,
  placesOf,
  TOKENS,
} from "../circuit/task";
import { normalizedEffect } from "../statistics/effects";
import { differences, type HookedModel } from "./hookedModel";

/** What a position is to a prompt; the document's are those of the triple that a pair of prompts is about. */
export const ROLES = [
  "docEntity",
  "docAttribute",
  "docValue",
  "otherTriples",
  "query",
  "queryEntity",
  "queryAttribute",
  "instruction",
  "answer",
] as const;
export type Role = (typeof ROLES)[number];

function rolePositions(places: CircuitPlaces, docEntity: number, role: Role): number[] {
  switch (role) {
    case "docEntity":
      return [docEntity];
    case "docAttribute":
      return [docEntity + 1];
    case "docValue":
      return [docEntity + 2];
    case "otherTriples":
      return Array.from({ length: 3 * places.triples }, (_, i) => places.firstTriple + i).filter(
        (position) => position < docEntity || position > docEntity + 2,
      );
    default:
      return [places[role]];
  }
}

/** Pairs that differ in the entity of a triple, under either instruction in turn: what r depends on. */
export function documentPairs(random: Random, count: number): CircuitPair[] {
  return Array.from({ length: count }, (_, i) => circuitPair(random, INSTRUCTIONS[i % 2]));
}

/** Pairs that differ in the query's entity or its attribute in turn: what r depends on as well. */
export function queryPairs(random: Random, count: number): CircuitPair[] {
  return Array.from({ length: count }, (_, i) => {
    const instruction = INSTRUCTIONS[i % 2];
    const { tokens, triple } = circuitPrompt(random, { instruction });
    const { firstTriple, queryEntity, queryAttribute } = placesOf(tokens.length / 3 - 2);
    const [at, token] =
      i % 4 < 2 ? ([queryEntity, TOKENS.entity] as const) : ([queryAttribute, TOKENS.attribute] as const);
    const free = Array.from({ length: KINDS }, (_, kind) => token(kind)).filter((id) => !tokens.includes(id));
    const irrelevant = tokens.slice();
    irrelevant[at] = free[random.integer(free.length)];
    const docEntity = firstTriple + 3 * triple;
    return instruction === "positive"
      ? { clean: tokens, corrupted: irrelevant, docEntity }
      : { clean: irrelevant, corrupted: tokens, docEntity };
  });
}

/** Pairs that differ in the instruction, of relevant and irrelevant documents in turn: what f depends on. */
export function instructionPairs(random: Random, count: number): CircuitPair[] {
  return Array.from({ length: count }, (_, i) => {
    const relevant = i % 2 === 0;
    const { tokens, triple } = circuitPrompt(random, {
      instruction: "positive",
      mismatch: relevant ? undefined : "entity",
    });
    const { instruction, firstTriple } = placesOf(tokens.length / 3 - 2);
    const flipped = tokens.slice();
    flipped[instruction] = TOKENS.negated;
    const docEntity = firstTriple + 3 * triple;
    return relevant
      ? { clean: tokens, corrupted: flipped, docEntity }
      : { clean: flipped, corrupted: tokens, docEntity };
  });
}

const INSTRUCTIONS: readonly CircuitInstruction[] = ["positive", "negated"];

export interface EffectRow {
  readonly name: HookName;
  readonly layer: number;
  /** Mean IE_norm of each role. */
  readonly effects: Readonly<Record<Role, number>>;
}

/**
 * The map of effects by layer and role: the corrupted runs, the activation taken from the clean ones there. All pairs are rows of one batch.
 * @param pairs  of prompts of one length
 * @param sites  activations of the residual stream
 */
export function effectMap(
  model: HookedModel,
  pairs: readonly CircuitPair[],
  sites: readonly { readonly name: HookName; readonly layer: number }[],
): EffectRow[] {
  const prompts = {
    clean: pairs.map(({ clean }) => clean),
    corrupted: pairs.map(({ corrupted }) => corrupted),
  };
  const places = placesOf(prompts.clean[0].length / 3 - 2);
  return scoped(() => {
    const whole = model.run(prompts.clean, { cacheNames: [...new Set(sites.map(({ name }) => name))] });
    const clean = differences(model, whole.logits);
    const corrupted = differences(model, model.run(prompts.corrupted).logits);
    return sites.map(({ name, layer }) => {
      const value = whole.cache[name]![layer] as tf.Tensor;
      const effect = (role: Role) =>
        scoped(() => {
          const regions = pairs.map(({ docEntity }) => ({
            positions: rolePositions(places, docEntity, role),
          }));
          const hooks = [patch({ name, layer, regions, value })];
          const patched = differences(model, model.run(prompts.corrupted, { hooks }).logits);
          return { mean: mean(normalizedEffect({ clean, corrupted, patched })) };
        }).mean;
      return {
        name,
        layer,
        effects: Object.fromEntries(ROLES.map((role) => [role, effect(role)])) as Record<Role, number>,
      };
    });
  });
}

/** The residual stream between all layers, from the embedding on. */
export function streamSites({ layers }: HookedModel): { readonly name: HookName; readonly layer: number }[] {
  return [
    { name: "embed", layer: 0 },
    ...Array.from({ length: layers }, (_, layer) => ({ name: "resid_post" as const, layer })),
  ];
}
