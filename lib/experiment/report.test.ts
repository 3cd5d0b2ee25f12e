import { expect, test } from "vitest";
import { replaceSection, reportedRecord } from "./report";
import type { StoredRun } from "./store";

const TEXT =
  "# Title\n\n<!-- results: a -->\n\nold\n\n<!-- /results: a -->\n\nbetween\n\n<!-- results: b -->\n<!-- /results: b -->\n";

test("only what stands between the marks is replaced, and a second time the same", () => {
  const once = replaceSection(TEXT, "a", "new\n");
  expect(once).toBe(TEXT.replace("old", "new"));
  expect(replaceSection(once, "a", "new")).toBe(once);
  expect(replaceSection(TEXT, "b", "| x |")).toContain(
    "<!-- results: b -->\n\n| x |\n\n<!-- /results: b -->",
  );
});

test("where there are no marks, or in the wrong order, it says which it looked for", () => {
  expect(() => replaceSection(TEXT, "c", "new")).toThrow(
    'There is no section between "<!-- results: c -->" and "<!-- /results: c -->".',
  );
  expect(() => replaceSection("<!-- /results: a --><!-- results: a -->", "a", "new")).toThrow(/no section/);
});

test("a run's record says what it is, what it found, and how it came about", () => {
  const run = {
    id: "0123",
    experiment: "toy",
    seed: 2,
    config: { dataset: "ml-100k", d: 64 },
    metrics: { ndcg: 0.5 },
    timings: { "epoch seconds": 1 },
    provenance: { commit: "abc", date: "2026-01-02T03:04:05Z", machine: "m", seconds: 7, peakBytes: 9 },
  } as unknown as StoredRun;
  expect(reportedRecord({ name: "full", run })).toEqual({
    name: "full",
    id: "0123",
    seed: 2,
    dataset: "ml-100k",
    metrics: { ndcg: 0.5 },
    timings: { "epoch seconds": 1 },
    commit: "abc",
    date: "2026-01-02T03:04:05Z",
    machine: "m",
    seconds: 7,
  });
});
