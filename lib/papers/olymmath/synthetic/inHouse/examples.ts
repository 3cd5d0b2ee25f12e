import { createRandom } from "../../../../data/random";
import { promptTokens } from "../../../../llm/generation";
import type { Tokenizer } from "../../../../llm/tokenizer";
import type { Language } from "../../problems/problem";
import { promptOf } from "../../prompts";
import type { SynthItem } from "../items";

/** A problem as the model is asked it, and what it is to write. */
export interface Example {
  readonly tokens: Int32Array;
  /** The first token that the model writes itself. */
  readonly written: number;
}

/** What the model learns to write: the derivation, and the answer in a box. */
export function solutionOf({ work, answer }: Pick<SynthItem, "work" | "answer">): string {
  return `$${work}$\n\\boxed{${answer}}`;
}

/** The prompt of the benchmark in the model's chat, the solution, and the end of the turn. */
export function exampleOf(tokenizer: Tokenizer, item: SynthItem, language: Language): Example {
  const messages = promptOf({ language, text: item.text[language] });
  const prompt = promptTokens(tokenizer, { messages, continueFinal: false });
  const solution = tokenizer.encode(solutionOf(item));
  return { tokens: Int32Array.from([...prompt, ...solution, tokenizer.eos!]), written: prompt.length };
}

export interface ExamplesOptions {
  readonly seed: number;
  /**
   * Share of the problems that are in Chinese. Default 0.3: less than half, so that a difference between the languages is there to be found.
   * @see OlymMATH, analysis of languages
   */
  readonly chinese?: number;
}

/** Each problem in one of the languages. */
export function examplesOf(
  tokenizer: Tokenizer,
  items: readonly SynthItem[],
  { seed, chinese = 0.3 }: ExamplesOptions,
): Example[] {
  const random = createRandom(seed);
  return items.map((item) => exampleOf(tokenizer, item, random.uniform() < chinese ? "ZH" : "EN"));
}
