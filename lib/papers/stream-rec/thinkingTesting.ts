import { itemCodes } from "../../recsys/generative/itemCodes";
import { syntheticCatalogue } from "../../recsys/generative/syntheticCatalogue";
import { type T5, type T5Options, t5 } from "../../recsys/generative/t5Parameters";
import { identifierVocabulary, tokenMap } from "../../recsys/generative/tokenMap";
import { trainingPrefixes } from "../../recsys/split";
import * as Rng from "../../tensor/rng";
import { type ThinkingModel, thinkingNetworks } from "./states";
import { type StreamTokens, streamTokens } from "./tokens";

/** A catalogue of 24 items whose planted cells, and a running number in them, are three digits of 4 codes each. */
export function thinkingWorld({ users = 24, pauses = 2 } = {}) {
  const { data, group, subgroup } = syntheticCatalogue({
    groups: 3,
    subgroups: 2,
    itemsPerCell: 4,
    users,
    events: 6,
  });
  const inCell = new Map<string, number>();
  const values = Int32Array.from({ length: data.items * 3 }, () => 0);
  for (let item = 0; item < data.items; item++) {
    const cell = `${group[item]} ${subgroup[item]}`;
    const number = inCell.get(cell) ?? 0;
    inCell.set(cell, number + 1);
    values.set([group[item], subgroup[item], number], item * 3);
  }
  const codes = itemCodes(values, 3, 4);
  const map = tokenMap(codes, identifierVocabulary(codes, "shared"));
  return { data, tokens: streamTokens(map, pauses), cases: trainingPrefixes(data) };
}

/** A small T5 for its vocabulary, without dropout unless asked for. */
export function thinkingT5(tokens: StreamTokens, options: Partial<T5Options> = {}, seed = 1): T5 {
  const key = Rng.key(seed);
  const sizes = { dimensions: 16, inner: 32, heads: 2, headDimensions: 8, layers: 1, dropout: 0 };
  const model = t5({ vocabulary: tokens.size, ...sizes, ...options }, key);
  key.dispose();
  return model;
}

export function thinkingModel(
  tokens: StreamTokens,
  options: Partial<T5Options> = {},
  seed = 1,
): ThinkingModel {
  const key = Rng.key(seed + 100);
  const model = thinkingT5(tokens, options, seed);
  const networks = thinkingNetworks(model.options, key);
  key.dispose();
  return { t5: model, networks };
}
