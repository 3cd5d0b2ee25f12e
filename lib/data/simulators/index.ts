/** Data sets that are made from a seed, by name; the planted truth comes with them. */
export const SIMULATORS = [
  { name: "simulator", title: "Planted interest shifts", itemGaps: false },
  { name: "simulator-item-gaps", title: "Planted interest shifts, gaps going with items", itemGaps: true },
] as const;

export * from "./interestShifts";
export * from "./oracle";
