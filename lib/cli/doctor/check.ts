/** One line of the doctor's report. */
export interface Check {
  name: string;
  /** "ok"; "note": nothing is broken, but it is good to know; "problem": something needed is missing. */
  state: "ok" | "note" | "problem";
  detail: string;
  /** What to do, where there is something to do. */
  remedy?: string;
}

/** The report as text, one check a line, with the remedies below their problems. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const mark = { ok: "✓", note: "·", problem: "✗" };
  return checks
    .map(({ name, state, detail, remedy }) => {
      const [first, ...more] = detail.split("\n");
      const indent = " ".repeat(width + 4);
      const lines = [`${mark[state]} ${name.padEnd(width)}  ${first}`, ...more.map((line) => indent + line)];
      return [...lines, ...(remedy ? [`${indent}→ ${remedy}`] : [])].join("\n");
    })
    .join("\n");
}
