import { afterAll, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { countParameters, disposeTree } from "../../tensor/tree";
import { createGenerativeEvaluator, type GenerativeEvaluation } from "./generativeEvaluation";
import { itemCodes } from "./itemCodes";
import { type JudgeOptions, judge, judgedOutput } from "./judge";
import { syntheticCatalogue } from "./syntheticCatalogue";
import { smallT5 } from "./t5Testing";
import { identifierVocabulary, type TokenMap, tokenMap } from "./tokenMap";

/** 32 items of codes of two digits and a running number. */
const { data, group, subgroup } = syntheticCatalogue({
  ...{ groups: 4, subgroups: 4, itemsPerCell: 2, users: 12, events: 6 },
});
const [map, other] = [(item: number) => item, (item: number) => data.items - 1 - item].map((place) => {
  const values = Array.from(group, (_, item) => [group[place(item)], subgroup[place(item)]]);
  const codes = itemCodes(Int32Array.from(values.flat()), 2, 4);
  return tokenMap(codes, identifierVocabulary(codes));
});
const model = smallT5({ vocabulary: map.vocabulary.size });
afterAll(() => disposeTree(model.weights));

const options: JudgeOptions = {
  ...{ data, map, windowLength: 4, decoding: "constrained", validationUsers: 0, seed: 1 },
  ...{ validationBeams: 10, testBeams: 32 },
};

function evaluated(beams: number, tokenizer: TokenMap, split: "validation" | "test"): GenerativeEvaluation {
  const evaluator = createGenerativeEvaluator(model, {
    ...{ dataset: data, windowLength: 4, decoding: "constrained", map: tokenizer, beams },
  });
  const found = evaluator(split);
  evaluator.dispose();
  return found;
}

describe("a judge", () => {
  test("validates with few beams and evaluates with many, by whatever tokenizer it is given", () => {
    const judged = judge(model, options);
    for (const tokenizer of [other, map]) {
      const few = evaluated(10, tokenizer, "validation");
      const many = evaluated(32, tokenizer, "validation");
      expect(judged.validate(tokenizer)).toBe(few.metrics["NDCG@10"]);
      expect([...judged.evaluate(tokenizer, "validation").ranks]).toEqual([...many.ranks]);
      // With a beam for every item none is missed, as some are by few beams.
      expect(Math.max(...many.ranks)).toBeLessThanOrEqual(32);
      expect(Math.max(...few.ranks)).toBeGreaterThan(32);
      expect([...judged.evaluate(tokenizer, "test").ranks]).toEqual([
        ...evaluated(32, tokenizer, "test").ranks,
      ]);
    }
    judged.dispose();
  });

  test("validates on some of the users, the same every time; which ones is the seed's", () => {
    const { perCase } = evaluated(10, map, "validation");
    const all = new Set(perCase["NDCG@10"]);
    const values = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const judged = judge(model, { ...options, validationUsers: 1, seed });
      const value = judged.validate(map);
      expect(judged.validate(map)).toBe(value);
      expect(all).toContain(value);
      judged.dispose();
      return value;
    });
    expect(new Set(values).size).toBeGreaterThan(1);
  });

  test("refuses a tokenizer of another vocabulary, and leaves no tensor", () => {
    const before = tf.memory().numTensors;
    const judged = judge(model, options);
    const wide = { ...map, vocabulary: { ...map.vocabulary, size: 99 } };
    expect(() => judged.validate(wide)).toThrow("The tokenizer's vocabulary has 99 ids, the model's");
    expect(() => judged.evaluate(wide, "test")).toThrow("The tokenizer's vocabulary has 99 ids");
    judged.validate(other);
    judged.evaluate(other, "test");
    judged.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("a run's output is the metrics of the test, NDCG@10 first, that of validation, and what is told of its training", () => {
  const judged = judge(model, options);
  const { metrics, arrays } = judgedOutput(model, judged, map, { updates: 7, "best epoch": 2 });
  judged.dispose();
  const test = evaluated(32, map, "test");
  const validation = evaluated(32, map, "validation");
  expect(Object.keys(metrics)[0]).toBe("NDCG@10");
  expect(metrics).toEqual({
    ...test.metrics,
    "validation NDCG@10": validation.metrics["NDCG@10"],
    "share of no item": test.invalidShare,
    updates: 7,
    "best epoch": 2,
    parameters: countParameters(model.weights),
  });
  expect(Object.keys(arrays)).toEqual(["ranks"]);
  expect(Array.from(arrays["ranks"] as Int32Array)).toEqual([...test.ranks]);
});
