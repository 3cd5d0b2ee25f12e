import { expect, it } from "vitest";
import { costOfTraining } from "./cost";

const timing = (subject: string, median: number) => ({
  subject,
  median,
  lower: median,
  upper: median,
  speedup: 1,
});

it("sets the first call against what later calls save", () => {
  const [slow, graph, never] = costOfTraining(
    [timing("op by op", 10), timing("graph", 1), timing("slower", 12)],
    { graph: 91, slower: 50 },
    101,
  );
  expect(slow).toMatchObject({ firstCall: 10, total: 1.01 });
  expect(slow).not.toHaveProperty("breakEven");
  expect(graph).toMatchObject({ firstCall: 91, total: 0.191, breakEven: 10 }); // 91 + 9 · 1 = 10 · 10
  expect(never).not.toHaveProperty("breakEven");
});
