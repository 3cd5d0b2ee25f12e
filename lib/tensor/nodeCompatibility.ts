import util from "node:util";

type Utilities = Record<string, unknown>;

/** Puts back what Node 23 removed from `util` and tfjs-node-gpu 4.22 still calls. */
export function restoreRemovedUtilities(utilities: Utilities = util as unknown as Utilities): void {
  utilities.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  utilities.isArray ??= Array.isArray;
}
