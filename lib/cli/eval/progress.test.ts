import { expect, it } from "vitest";
import type { SampleRecord } from "../../papers/olymmath";
import { madeUpSet } from "../../papers/olymmath/testing";
import type { StatusLine } from "../statusLine";
import { progressTeller } from "./progress";

it("tells what is done, what is right, how fast it goes and how long it will take", () => {
  const { problems } = madeUpSet("EN", 2); // 3+5 and 4+6
  const shown: string[] = [];
  const printed: string[] = [];
  const status: StatusLine = {
    set: (text) => void shown.push(text),
    print: (line) => void printed.push(line),
    stop: () => {},
  };
  let time = 1_000;
  const tell = progressTeller({ status, problems, mode: "want", right: 2, now: () => time });
  const record = (problem: number, rest: object) =>
    ({ kind: "sample", problem: problems[problem].id, sample: 1, ...rest }) as unknown as SampleRecord;
  const answered = (answer: string, completionTokens: number) => ({
    ...{ status: "answered", text: `\\boxed{${answer}}`, finishReason: "stop" },
    usage: { promptTokens: 7, completionTokens },
  });
  time += 4_000;
  tell(record(0, answered("8", 20)), 5, 20);
  time += 1_000;
  tell(record(1, { status: "failed", error: "server: gone" }), 5, 20);
  time += 5_000;
  tell(record(1, answered("9", 180)), 6, 20);
  expect(shown).toEqual([
    "5 of 20, 3 right, 5.0 tokens/s, 1:00 left", // 15 samples, 4 s each
    "5 of 20, 3 right, 1 failed, 4.0 tokens/s, 1:15 left",
    "6 of 20, 3 right, 1 failed, 20 tokens/s, 1:10 left", // 14 samples, 5 s each
  ]);
  expect(printed).toEqual(["! SYNTH-EASY-1-EN, sample 1: server: gone"]);
});
