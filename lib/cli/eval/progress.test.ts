import { expect, it } from "vitest";
import type { SampleRecord } from "../../papers/olymmath";
import { NO_USAGE } from "../../papers/olymmath/sampling/usage";
import { madeUpSet } from "../../papers/olymmath/testing";
import type { StatusLine } from "../statusLine";
import { type ProgressOptions, progressTeller } from "./progress";

const { problems } = madeUpSet("EN", 2); // 3+5 and 4+6
const UNSEEN: ProgressOptions["seen"] = { answered: new Set(), used: NO_USAGE };

const sampleOf = (problem: number, rest: object) =>
  ({
    ...{ kind: "sample", problem: problems[problem].id, sample: 1, usage: NO_USAGE },
    ...rest,
  }) as unknown as SampleRecord;
const answered = (answer: string, completionTokens: number, more: object = {}) => ({
  ...{ status: "answered", text: `\\boxed{${answer}}`, finishReason: "stop" },
  usage: { promptTokens: 7, completionTokens, ...more },
});

function teller(options: Partial<ProgressOptions>) {
  const shown: string[] = [];
  const printed: string[] = [];
  const status: StatusLine = {
    set: (text) => void shown.push(text),
    print: (line) => void printed.push(line),
    stop: () => {},
  };
  const clock = { time: 1_000 };
  const now = () => clock.time;
  const tell = progressTeller({
    ...{ status, problems, mode: "want", right: 0, seen: UNSEEN, now },
    ...options,
  });
  return { tell, shown, printed, clock };
}

it("tells what is done, what is right, how fast it goes, how long it will take, and what is spent", () => {
  const { tell, shown, printed, clock } = teller({ right: 2 });
  clock.time += 4_000;
  tell(sampleOf(0, answered("8", 20)), 5, 20);
  clock.time += 1_000;
  tell(sampleOf(1, { status: "failed", error: "server: gone" }), 5, 20);
  clock.time += 5_000;
  tell(sampleOf(1, answered("9", 1_700)), 6, 20);
  expect(shown).toEqual([
    // 15 samples, 4 s and 27 tokens each
    "5 of 20, 3 right, 5.0 tokens/s, 1:00 left, spent 27 of ~432 tokens",
    "5 of 20, 3 right, 1 failed, 4.0 tokens/s, 1:15 left, spent 27 of ~432 tokens",
    // 14 samples, 5 s and 867 tokens each
    "6 of 20, 3 right, 1 failed, 172 tokens/s, 1:10 left, spent 1.73K of ~13.9K tokens",
  ]);
  expect(printed).toEqual(["! SYNTH-EASY-1-EN, sample 1: server: gone"]);
});

it("tells the cost by the price of each kind of tokens, with what was lost, over all calls", () => {
  const prices = { input: 1e3, cachedInput: 500, output: 1e4, reasoning: 2e4 };
  const seen = { answered: new Set(["a"]), used: { promptTokens: 100, completionTokens: 100 } };
  const { tell, shown, clock } = teller({ seen, prices });
  clock.time += 10_000;
  const lost = { promptTokens: 7, completionTokens: 10 };
  tell(sampleOf(0, { status: "failed", error: "gone", lost }), 1, 4);
  clock.time += 10_000;
  const first = answered("8", 100, { cachedTokens: 4, reasoningTokens: 50 });
  tell(sampleOf(0, first), 2, 4);
  expect(shown).toEqual([
    // 107 and 110 tokens; one answer of four
    "1 of 4, 0 right, 1 failed, 0.0 tokens/s, spent 1.21 of ~4.83, 217 of ~868 tokens",
    // and 3 fresh, 4 cached, 50 visible, 50 thought; two of four
    "2 of 4, 1 right, 1 failed, 5.0 tokens/s, 0:40 left, spent 2.71 of ~5.42, 324 of ~648 tokens",
  ]);
});

it("foretells nothing before the first answer", () => {
  const { tell, shown } = teller({ prices: { input: 1, output: 1 } });
  const lost = { promptTokens: 7_000, completionTokens: 0 };
  tell(sampleOf(0, { status: "failed", error: "gone", lost }), 0, 4);
  expect(shown).toEqual(["0 of 4, 0 right, 1 failed, 0.0 tokens/s, spent 0.0070, 7K tokens"]);
});
