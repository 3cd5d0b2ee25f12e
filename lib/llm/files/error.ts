/** Where an error in a model's file is: as much as is known. */
export interface FilePlace {
  readonly file: string;
  readonly tensor?: string;
  /** A key of the file's metadata. */
  readonly key?: string;
  /** Counted from the beginning of the file. */
  readonly byte?: number;
}

/** A model's file that cannot be read: what is wrong, where, and what to do about it. */
export class ModelFileError extends Error {
  readonly place: FilePlace;
  readonly remedy: string;

  /**
   * @param problem  a clause without a full stop
   * @param remedy   a sentence
   */
  constructor(problem: string, place: FilePlace, remedy: string, options?: ErrorOptions) {
    super(`${describePlace(place)}: ${problem}. ${remedy}`, options);
    this.name = "ModelFileError";
    this.place = place;
    this.remedy = remedy;
  }
}

/** What to do about a file that is not what it was when it was written. */
export const GET_ANEW = "The file is cut off or damaged: get it anew.";

function describePlace({ file, tensor, key, byte }: FilePlace): string {
  const parts = [file];
  if (tensor !== undefined) parts.push(`tensor ${shorten(tensor)}`);
  if (key !== undefined) parts.push(`key ${shorten(key)}`);
  if (byte !== undefined) parts.push(`byte ${byte}`);
  return parts.join(", ");
}

const LONGEST_NAME = 200;

/** A damaged file may give a name of megabytes. */
function shorten(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`;
}
