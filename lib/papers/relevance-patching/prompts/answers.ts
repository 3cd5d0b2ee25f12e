import { TokenizerError } from "../../../llm/tokenizer/error";
import { encodeRendered, type PromptFormat } from "./promptFormat";

/** The tokens that the judgement is read from. */
export interface AnswerTokens {
  readonly yes: number;
  readonly no: number;
  /** Answers of more than one token, of which the first stands for the whole: to be told to the reader. */
  readonly split: readonly string[];
}

/** How the two answers may be written: as the instruction asks for, or as a sentence begins. */
export const SPELLINGS = { yes: ["yes", "no"], Yes: ["Yes", "No"] } as const;
export type Spelling = keyof typeof SPELLINGS;

/**
 * Ids of the two answers as they follow the end of a prompt: without a space before them.
 * @throws TokenizerError where an answer has no token of its own there, or both begin with the same
 */
export function answerTokens(format: PromptFormat, spelling: Spelling = "yes"): AnswerTokens {
  const rendered = format.render("?");
  const split: string[] = [];
  function first(answer: string): number {
    const { ids, starts } = encodeRendered(format, rendered, answer);
    const own = ids.filter((_, i) => starts[i] >= rendered.text.length);
    if (own.length === 0)
      throw new TokenizerError(
        `"${answer}" has no token of its own behind the prompt: it is one with the prompt's end.`,
        "Use a format whose text ends in a special token or a new line.",
      );
    if (own.length > 1) split.push(answer);
    return own[0];
  }
  const [yes, no] = SPELLINGS[spelling].map(first);
  if (yes === no)
    throw new TokenizerError(
      `"${SPELLINGS[spelling].join('" and "')}" begin with the same token ${yes}: their logits cannot be told apart.`,
      "Use another model.",
    );
  return { yes, no, split };
}
