import { digest } from "../../experiment/identity";
import type { ChatMessage } from "../../llm/chat";
import type { Language, Problem } from "./problems/problem";

/** What a model is asked, before the problem. @see OlymMATH, evaluation setting: reason step by step, the answer in a box, in the problem's language */
export const INSTRUCTIONS: Readonly<Record<Language, string>> = {
  EN: "Please reason step by step, and put your final answer within \\boxed{}.",
  ZH: "请逐步推理，并将最终答案写在 \\boxed{} 内。",
};

/** One turn of the user's: the instruction, a blank line, the problem. No system message, no examples. */
export function promptOf({ language, text }: Pick<Problem, "language" | "text">): readonly ChatMessage[] {
  return [{ role: "user", content: `${INSTRUCTIONS[language]}\n\n${text}` }];
}

/** A name of the prompt that changes with any of its characters. */
export function promptDigest(problem: Pick<Problem, "language" | "text">): string {
  return digest(promptOf(problem).map(({ role, content }) => ({ role, content }))).slice(0, 16);
}
