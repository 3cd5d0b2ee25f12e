import type { LinearRecurrence } from "../../families/linearRecurrence";
import { type Lesson, step } from "./lesson";

/** Term after term. */
export const linearRecurrenceLesson: Lesson<LinearRecurrence> = {
  family: "linear-recurrence",
  isSmall: (parameters) =>
    parameters.factor === 2 && parameters.index <= 5 && terms(parameters).every((term) => term < 100),
  derive: derivation,
  shortcut: {
    trap: "goes one step too far",
    derive: (parameters) => derivation({ ...parameters, index: parameters.index + 1 }),
  },
};

function derivation(parameters: LinearRecurrence): readonly string[] {
  const { factor, step: constant } = parameters;
  const all = terms(parameters);
  const sign = constant < 0 ? "-" : "+";
  return all.slice(1).map((term, n) => step(factor * all[n], sign, Math.abs(constant), term));
}

function terms({ first, factor, step: constant, index }: LinearRecurrence): readonly number[] {
  const all = [first];
  while (all.length < index) all.push(factor * all[all.length - 1] + constant);
  return all;
}
