/** A vocabulary or a chat template that cannot be used: what is wrong, where, and what to do about it. */
export class TokenizerError extends Error {
  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(`${problem} ${remedy}`, options);
    this.name = "TokenizerError";
  }
}
