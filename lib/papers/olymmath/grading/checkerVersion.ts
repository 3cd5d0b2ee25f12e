import { codeVersion } from "../../../experiment/codeVersion";

/** Names the code of extraction and checking: verdicts of another version are to be made anew, from the same samples. */
export function checkerVersion(): string {
  return codeVersion("lib/math/index.ts");
}
