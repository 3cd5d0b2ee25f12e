/** Whether two answers are the same characters, white space left out. @see OlymMATH, checkers to compare with */
export function sameString(gold: string, prediction: string): boolean {
  return withoutSpace(gold) === withoutSpace(prediction);
}

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");
