import { createRandom } from "../../data/random";
import type { ChatModel, ModelRequest } from "../../llm/chat";
import { FIELDS, type Language, type Problem, type ProblemSet, type Tier } from "./problems/problem";
import type { SampleSettings } from "./sampling/settings";

/** Helpers for the tests that load fast, for processes of their own: problems that are made up, a model whose ability is known. */

export const TEST_SETTINGS: SampleSettings = {
  temperature: 0.6,
  topP: 0.95,
  minP: 0,
  maxTokens: 50,
  seed: 0,
};

/** Sums, whose tempting answer is the product; the fields take turns. */
export function madeUpSet(language: Language, count: number, tier: Tier = "EASY"): ProblemSet {
  const problems = Array.from({ length: count }, (_, index): Problem => {
    const [a, b] = [index + 3, index + 5];
    return {
      id: `SYNTH-${tier}-${index}-${language}`,
      tier,
      language,
      index,
      field: FIELDS[index % FIELDS.length],
      text: language === "EN" ? `What is $${a}+${b}$?` : `求 $${a}+${b}$ 的值.`,
      answer: String(a + b),
      trap: String(a * b),
    };
  });
  return { name: `${language}-${tier}`, problems, sha256: "0".repeat(64), synthetic: true };
}

/** The chances of a problem's answers; what is left are wrong answers that are seldom the same. */
export interface Ability {
  readonly right: number;
  readonly trapped?: number;
}

export interface AbilityOptions {
  readonly name?: string;
  /** Waits before it answers. */
  readonly pause?: (request: ModelRequest, signal: AbortSignal) => Promise<void>;
}

/** A model that answers problems of these sets with known chances, by nothing but the request's seed. Each answer has 3 tokens, each prompt 7. */
export function ableModel(
  sets: readonly ProblemSet[],
  ability: (problem: Problem) => Ability,
  { name = "able", pause }: AbilityOptions = {},
): ChatModel {
  const problems = sets.flatMap((set) => set.problems);
  return {
    name,
    contextLength: 100_000,
    async *complete(request, signal) {
      const asked = "messages" in request.input ? request.input.messages[0].content : "";
      const problem = problems.find(({ text }) => asked.endsWith(`\n\n${text}`))!;
      await pause?.(request, signal);
      const random = createRandom(request.seed!);
      const { right, trapped = 0 } = ability(problem);
      const draw = random.uniform();
      const wrong = String(1_000 + random.integer(1_000));
      const answer = draw < right ? problem.answer : draw < right + trapped ? problem.trap : wrong;
      const texts = ["<think>Hm", `</think>${random.bits()}: `, `\\boxed{${answer}}`];
      for (const [k, text] of texts.entries())
        yield { text, usage: { promptTokens: 7, completionTokens: k + 1 } };
      yield { text: "", usage: { promptTokens: 7, completionTokens: 3 }, finishReason: "stop" as const };
    },
  };
}
