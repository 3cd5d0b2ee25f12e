import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkAnswer } from "./check";
import { type AnswerPair, generatedPairs, goldPairs } from "./mathVerify/pairs";

/**
 * `ref` beside Math-Verify itself: its verdicts on the official golds and what is made of them, and on 5,000 generated pairs. They are kept in
 * mathVerify/verdicts.json; mathVerify/verdicts.py makes them and says how to install Math-Verify. With REPRISE_MATH_VERIFY, a Python that has
 * it, some are asked for anew; with REPRISE_DATA the golds are compared as well.
 */
interface Fixture {
  readonly [set: string]: {
    readonly pairs: number;
    /** Of the pairs as JSON lines. */
    readonly sha256: string;
    /** Hexadecimal, by the version of Math-Verify. */
    readonly verdicts: Readonly<Record<string, string>>;
    readonly disagreements: readonly Disagreement[];
  };
}

interface Disagreement {
  readonly gold: string;
  readonly prediction: string;
  /** The versions that decide otherwise. */
  readonly versions: readonly string[];
  readonly ref: boolean;
  /** Whose verdict is the right one, and why they differ. */
  readonly right: "ref" | "Math-Verify";
  readonly why: string;
}

const fixture: Fixture = JSON.parse(readFileSync(join(__dirname, "mathVerify", "verdicts.json"), "utf8"));
const VERSIONS = ["0.8.0", "0.9.0"];
const LEAST_AGREEMENT = 0.995;

const isMatch = (hex: string, k: number): boolean =>
  ((Number.parseInt(hex[k >> 2], 16) >> (3 - (k & 3))) & 1) === 1;

const asLines = (pairs: readonly AnswerPair[]): string =>
  pairs.map((pair) => `${JSON.stringify(pair)}\n`).join("");

function compare(name: string, pairs: readonly AnswerPair[]): void {
  const { sha256, verdicts, disagreements } = fixture[name];
  expect(createHash("sha256").update(asLines(pairs)).digest("hex")).toBe(sha256);
  const ours = pairs.map(([gold, prediction]) => checkAnswer(gold, prediction, { mode: "ref" }).equal);
  const found = new Map<string, Pick<Disagreement, "gold" | "prediction" | "versions" | "ref">>();
  for (const version of VERSIONS) {
    let agreed = 0;
    for (const [k, [gold, prediction]] of pairs.entries()) {
      if (isMatch(verdicts[version], k) === ours[k]) agreed++;
      else {
        const key = JSON.stringify([gold, prediction]);
        const versions = new Set([...(found.get(key)?.versions ?? []), version]);
        found.set(key, { gold, prediction, versions: [...versions], ref: ours[k] });
      }
    }
    expect(agreed / pairs.length).toBeGreaterThanOrEqual(LEAST_AGREEMENT);
  }
  const listed = disagreements.map(({ right: _, why: __, ...found }) => found);
  expect([...found.values()]).toEqual(listed);
}

const folder = join(process.env["REPRISE_DATA"] ?? "", "olymmath");
const present = process.env["REPRISE_DATA"] !== undefined && existsSync(folder);

const goldsOf = (language: string): string[] =>
  ["EASY", "HARD"].flatMap((tier) =>
    readFileSync(join(folder, `OlymMATH-${language}-${tier}.jsonl`), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).answer as string),
  );

describe("Math-Verify", () => {
  test("agrees on the generated pairs, but for those listed", () => {
    const pairs = generatedPairs();
    expect(pairs).toHaveLength(fixture["generated"].pairs);
    expect(new Set(pairs.map((pair) => JSON.stringify(pair))).size).toBe(5000);
    compare("generated", pairs);
  });

  test.runIf(present)("agrees on the official golds and their variants, but for those listed", () => {
    expect(goldsOf("ZH")).toEqual(goldsOf("EN")); // both languages have the same answers
    const pairs = goldPairs(goldsOf("EN"));
    expect(pairs).toHaveLength(fixture["golds"].pairs);
    compare("golds", pairs);
  });

  test("differs between its versions in few pairs", () => {
    for (const { verdicts, pairs } of Object.values(fixture)) {
      const [a, b] = VERSIONS.map((version) => verdicts[version]);
      const differing = Array.from({ length: pairs }, (_, k) => k).filter(
        (k) => isMatch(a, k) !== isMatch(b, k),
      );
      expect(differing.length / pairs).toBeLessThan(1 - LEAST_AGREEMENT);
    }
  });

  test.runIf(process.env["REPRISE_MATH_VERIFY"])("gives these verdicts still", { timeout: 120_000 }, () => {
    const sets = { generated: generatedPairs(), golds: present ? goldPairs(goldsOf("EN")) : [] };
    const asked = Object.entries(sets).flatMap(([name, pairs]) => {
      const stride = Math.max(1, Math.floor(pairs.length / 100));
      return pairs.map((pair, place) => ({ name, pair, place })).filter(({ place }) => place % stride === 0);
    });
    const script = join(__dirname, "mathVerify", "verdicts.py");
    const answer = JSON.parse(
      execFileSync(process.env["REPRISE_MATH_VERIFY"]!, [script], {
        input: asLines(asked.map(({ pair }) => pair)),
        encoding: "utf8",
      }),
    );
    const version = answer.versions["math-verify"];
    const kept = asked.map(({ name, place }) => isMatch(fixture[name].verdicts[version], place));
    expect(asked.map((_, k) => isMatch(answer.verdicts, k))).toEqual(kept);
  });
});
