/** Where a data error is: as much as is known. */
export interface DataLocation {
  file?: string;
  /** 1-based. */
  line?: number;
  field?: string;
}

/** An error in data: what is wrong, where, and what to do about it. */
export class DataError extends Error {
  readonly location: DataLocation;
  readonly remedy: string;

  constructor(problem: string, location: DataLocation, remedy: string) {
    super(`${describeLocation(location)}${problem} ${remedy}`);
    this.name = "DataError";
    this.location = location;
    this.remedy = remedy;
  }
}

function describeLocation({ file, line, field }: DataLocation): string {
  const place = [
    file === undefined ? "" : file,
    line === undefined ? "" : `line ${line}`,
    field ? `field "${field}"` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
  return place === "" ? "" : `${place}: `;
}
