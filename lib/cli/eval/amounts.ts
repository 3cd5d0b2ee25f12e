/** "12,345" */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "12.3K": three digits, for a line that is short. */
export function compact(value: number): string {
  return value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
}

/** "12.30"; of less than a tenth two digits that say something. */
export function money(value: number): string {
  return value === 0 || value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
