import { trainingPrefixes } from "../../recsys";
import { itemCodes } from "../../recsys/generative/itemCodes";
import { syntheticCatalogue } from "../../recsys/generative/syntheticCatalogue";
import { type T5, t5 } from "../../recsys/generative/t5Parameters";
import { identifierVocabulary, type TokenMap, tokenMap } from "../../recsys/generative/tokenMap";
import * as Rng from "../../tensor/rng";

/** A small catalogue whose planted cells are the codes, and relatives of that tokenizer in which some items have moved. */
export function smallWorld(tokenizers = 2) {
  const { data, group, subgroup } = syntheticCatalogue({
    groups: 3,
    subgroups: 2,
    itemsPerCell: 4,
    users: 24,
    events: 6,
  });
  const maps = Array.from({ length: tokenizers }, (_, k): TokenMap => {
    const moved = (item: number) => k > 0 && item % 5 === k;
    const values = Int32Array.from({ length: data.items * 2 }, (_, at) => {
      const item = at >> 1;
      return at % 2 === 0 ? group[item] : (subgroup[item] + (moved(item) ? 1 : 0)) % 2;
    });
    const codes = itemCodes(values, 2, 8);
    return tokenMap(codes, identifierVocabulary(codes));
  });
  return { data, maps, cases: trainingPrefixes(data) };
}

/** A T5 for it without dropout. */
export function smallModel(maps: readonly TokenMap[], seed = 1): T5 {
  const key = Rng.key(seed);
  const sizes = { dimensions: 16, inner: 32, heads: 2, headDimensions: 8, layers: 1, dropout: 0 };
  const model = t5({ vocabulary: maps[0].vocabulary.size, ...sizes }, key);
  key.dispose();
  return model;
}
