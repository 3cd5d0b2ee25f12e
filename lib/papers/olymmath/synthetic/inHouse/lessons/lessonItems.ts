import { createRandom } from "../../../../../data/random";
import { type Split, type SynthItem, synthItem } from "../../items";
import { LESSONS, type Lesson } from ".";

/** Which of the easy tier's problems are asked: those with small numbers, or all. */
export const NUMBERS = ["small", "all"] as const;
export type Numbers = (typeof NUMBERS)[number];

export interface LessonItemsOptions {
  readonly split: Split;
  readonly count: number;
  readonly numbers: Numbers;
  /** Index in the split to begin with. Default 0. */
  readonly first?: number;
}

/** Indices that are tried in a row without a new problem before a set is given up. */
const MOST_REPEATS = 200;

/** A stream of its own: who falls into a trap is not whose problem is in Chinese. */
const SHORTCUTS = 1;

/**
 * Problems of the easy tier, family by family in turn, worked in the lesson's steps. Each has the shortcut's value as its first trap.
 * @returns problems that may be the same, as small families repeat themselves
 */
export function lessonItems({ split, count, numbers, first = 0 }: LessonItemsOptions): SynthItem[] {
  return Array.from({ length: count }, (_, k) =>
    lessonItem(split, first + k, LESSONS[k % LESSONS.length], numbers),
  );
}

/**
 * The same, each text once.
 * @throws RangeError where the lessons have no more problems
 */
export function distinctLessonItems(options: LessonItemsOptions): SynthItem[] {
  const { split, count, numbers, first = 0 } = options;
  const items = new Map<string, SynthItem>();
  for (let index = first, repeats = 0; items.size < count; index++) {
    const item = lessonItem(split, index, LESSONS[items.size % LESSONS.length], numbers);
    repeats = items.has(item.text.EN) ? repeats + 1 : 0;
    if (repeats === MOST_REPEATS)
      throw new RangeError(`The lessons have no ${count} problems in the split ${split}: ask for fewer.`);
    items.set(item.text.EN, item);
  }
  return [...items.values()];
}

function lessonItem(split: Split, index: number, lesson: Lesson, numbers: Numbers): SynthItem {
  const item = synthItem({
    ...{ split, index, tier: "EASY", family: lesson.family },
    accepts: ({ parameters, traps }) =>
      traps[0].name === lesson.shortcut.trap && (numbers === "all" || lesson.isSmall(parameters)),
  });
  return { ...item, work: lesson.derive(item.parameters).join(", ") };
}

/** Some of the problems as somebody solves them who falls into their traps: other steps, and a wrong answer. @param share in [0, 1] */
export function withShortcuts(items: readonly SynthItem[], share: number, seed: number): SynthItem[] {
  const random = createRandom(seed, SHORTCUTS);
  return items.map((item) => {
    if (random.uniform() >= share) return item;
    const { shortcut } = LESSONS.find(({ family }) => family === item.family)!;
    return {
      ...item,
      work: shortcut.derive(item.parameters).join(", "),
      answer: item.traps[0].value,
    };
  });
}
