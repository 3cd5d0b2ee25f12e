import { expect, test } from "vitest";
import { itemCodes } from "../../recsys/generative/itemCodes";
import { uniqueTokenMap } from "../../recsys/generative/tokenizers/residualKMeans";
import { streamTokens } from "./tokens";
import { traceTargets } from "./traceTargets";

const tokens = streamTokens(uniqueTokenMap(itemCodes(Int32Array.of(0, 0, 0, 1, 1, 0), 2, 2)));
const { startDirect, startThink } = tokens;

test("thinking rows are [trace; answer] shifted right, the mask on all l + m; direct rows the answer alone, padded", () => {
  const traces = Int32Array.of(1, 2, 3, 4, 1, 1);
  const answers = Int32Array.of(1, 4, 2, 3);
  const { size, length, inputs, labels, mask } = traceTargets(tokens, { traces, answers, direct: [0, 1] });
  expect([size, length]).toEqual([2, 5]);
  expect([...labels]).toEqual([1, 2, 3, 1, 4, 2, 3, 0, 0, 0]);
  expect([...inputs]).toEqual([startThink, 1, 2, 3, 1, startDirect, 2, 0, 0, 0]);
  expect([...mask]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
});

test("without traces there is nothing but the answer", () => {
  const answers = Int32Array.of(1, 4);
  const { inputs, labels, mask } = traceTargets(tokens, { traces: new Int32Array(0), answers });
  expect([[...inputs], [...labels], [...mask]]).toEqual([
    [startThink, 1],
    [1, 4],
    [1, 1],
  ]);
});

test("rows must be whole, and equally many", () => {
  const answers = Int32Array.of(1, 4, 2, 3);
  expect(() => traceTargets(tokens, { traces: new Int32Array(3), answers })).toThrow(
    "3 tokens of traces and 4 of answers of 2 do not make equally many rows",
  );
});
