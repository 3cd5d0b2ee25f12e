import { createRandom } from "../data/random";
import type { SequentialDataset } from "./sequences";

/** Leave-one-out: a user's last event is for the test, the one before for validation, the rest for training. */
export type Split = "train" | "validation" | "test";

/**
 * The events to be predicted in a split. Each stands for one case: its input is the user's history before it (so the test
 * input holds training and validation items), its prediction time is its own timestamp.
 *
 * Training has one case for every prefix inside the training part: n - 3 for a user of n events.
 * @returns event indices, by user, oldest first; validation and test have one a user, in user order
 */
export function splitTargets(dataset: SequentialDataset, split: Split): Int32Array {
  const { users, offsets } = dataset;
  if (split !== "train") {
    const back = split === "test" ? 1 : 2;
    return Int32Array.from({ length: users }, (_, user) => offsets[user + 1] - back);
  }
  const targets: number[] = [];
  for (let user = 0; user < users; user++) {
    for (let event = offsets[user] + 1; event < offsets[user + 1] - 2; event++) targets.push(event);
  }
  return Int32Array.from(targets);
}

/** All training cases: every prefix (v_1..v_k) -> v_{k+1} inside the training part. */
export function trainingPrefixes(dataset: SequentialDataset): Int32Array {
  return splitTargets(dataset, "train");
}

/**
 * A sample of the training cases: `perUser` different prefixes of each user (all, where a user has no more), for epochs that cost the
 * same whatever the length of the histories. Other seeds and epochs give other prefixes.
 * @returns event indices, by user, oldest first
 */
export function samplePrefixes(
  dataset: SequentialDataset,
  perUser: number,
  { seed, epoch }: { seed: number; epoch: number },
): Int32Array {
  const random = createRandom(seed, epoch);
  const sampled: number[] = [];
  for (let user = 0; user < dataset.users; user++) {
    const first = dataset.offsets[user] + 1;
    let remaining = dataset.offsets[user + 1] - 2 - first;
    let wanted = Math.min(perUser, remaining);
    // Selection sampling: each prefix is taken with the chance that keeps all subsets equally likely.
    for (let event = first; wanted > 0; event++, remaining--) {
      if (random.integer(remaining) >= wanted) continue;
      sampled.push(event);
      wanted--;
    }
  }
  return Int32Array.from(sampled);
}

/**
 * Training windows for one-pass training, where position i of a window predicts position i + 1.
 *
 * "all": each user's training part is cut from its end into windows of at most L inputs, so that every training item but the
 * first is a target exactly once; items at the start of a window see less history than a prefix would give them.
 * "last": only each user's latest window.
 * @returns the last target of each window
 */
export function trainingWindows(
  dataset: SequentialDataset,
  length: number,
  which: "all" | "last" = "all",
): Int32Array {
  const { users, offsets } = dataset;
  const windows: number[] = [];
  for (let user = 0; user < users; user++) {
    let end = offsets[user + 1] - 3;
    while (end > offsets[user]) {
      windows.push(end);
      end = which === "last" ? offsets[user] : end - length;
    }
  }
  return Int32Array.from(windows);
}

/** Some of the cases in their order, without repetition. @param count 0: all @param stream names the random numbers */
export function sampleCases(cases: Int32Array, count: number, seed: number, stream: number): Int32Array {
  if (count === 0 || count >= cases.length) return cases;
  return createRandom(seed, stream).shuffle(cases.slice()).slice(0, count).sort();
}

/** The items that occur in the training part of a sequence, in ascending order of their ids. */
export function trainingItems({ users, offsets, itemIds }: SequentialDataset): Int32Array {
  const items = new Set<number>();
  for (let user = 0; user < users; user++)
    for (let event = offsets[user]; event < offsets[user + 1] - 2; event++) items.add(itemIds[event]);
  return Int32Array.from(items).sort();
}

/** For what reads labels and is for training alone. @throws Error naming the first case that is a user's validation or test event */
export function refuseHeldOut({ offsets, eventUsers }: SequentialDataset, cases: Int32Array): void {
  const heldOut = cases.find((event) => event >= offsets[eventUsers[event] + 1] - 2);
  if (heldOut !== undefined)
    throw new Error(
      `Event ${heldOut} is held out for validation or test, and labels are read here: take training cases.`,
    );
}
