/** Which of the two alignment losses take part. */
export interface Losses {
  readonly time: boolean;
  readonly state: boolean;
}

/** The sets of them, by name. */
export const LOSSES = {
  none: { time: false, state: false },
  time: { time: true, state: false },
  state: { time: false, state: true },
  both: { time: true, state: true },
} as const satisfies Record<string, Losses>;

export type LossesName = keyof typeof LOSSES;

/** A row of the ablation: which losses train, and which take part in the test-time step. */
export interface Variant {
  readonly name: string;
  /** How the paper's table 3 calls it. */
  readonly label: string;
  readonly train: Losses;
  readonly test: Losses;
}

/**
 * Table 3. "w/o X": the loss is gone from training and test; "w/o X test": trained with it, not used at test. The last three need no
 * training of their own: they are the full model with another test-time step.
 */
export const ABLATIONS: readonly Variant[] = [
  { name: "full", label: "T2ARec", train: LOSSES.both, test: LOSSES.both },
  { name: "noBoth", label: "w/o both", train: LOSSES.none, test: LOSSES.none },
  { name: "noTime", label: "w/o time", train: LOSSES.state, test: LOSSES.state },
  { name: "noState", label: "w/o state", train: LOSSES.time, test: LOSSES.time },
  { name: "noBothTest", label: "w/o both, test", train: LOSSES.both, test: LOSSES.none },
  { name: "noTimeTest", label: "w/o time, test", train: LOSSES.both, test: LOSSES.state },
  { name: "noStateTest", label: "w/o state, test", train: LOSSES.both, test: LOSSES.time },
];
