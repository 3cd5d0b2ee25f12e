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
