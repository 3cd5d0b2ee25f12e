/** An error in how a command was used, or something a person can mend: shown without a stack. */
export class CommandError extends Error {
  /**
   * @param message  what is wrong, and where
   * @param remedies what to do about it, best first
   */
  constructor(
    message: string,
    readonly remedies: readonly string[] = [],
  ) {
    super(message);
    this.name = "CommandError";
  }
}
