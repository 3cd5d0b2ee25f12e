import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { withTemporaryFolder } from "../../data/testing";
import { planted } from "../../papers/olymmath/report/comparisonTesting";
import { writeReport } from "../../papers/olymmath/report/writeReport";
import { CommandError } from "../errors";
import { type CompareOptions, runCompare } from "./compare";

const sets = { "EN-HARD": [["1", "2"]], "ZH-HARD": [["2", "3"]] };

/** Folders of the models a and b, and a call of the command. */
async function withFolders(
  act: (scene: {
    readonly folders: readonly string[];
    readonly root: string;
    compare(folders: readonly string[], options?: CompareOptions): Promise<string>;
    mistake(folders: readonly string[], options?: CompareOptions): Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (root) => {
    const folders = ["a", "b"].map((name) => {
      const folder = join(root, name);
      writeReport(folder, planted(name, { sets }).report);
      return folder;
    });
    const compare = async (of: readonly string[], options: CompareOptions = {}) => {
      const lines: string[] = [];
      const base = { out: join(root, "out"), figures: false };
      const surroundings = { print: (line: string) => lines.push(line), resamples: 20 };
      expect(await runCompare("olymmath", of, { ...base, ...options }, surroundings)).toBe(0);
      return lines.join("\n");
    };
    const mistake = (of: readonly string[], options?: CompareOptions) =>
      compare(of, options).then(
        (text) => `no mistake: ${text}`,
        (error: unknown) => {
          if (!(error instanceof CommandError)) throw error;
          return [error.message, ...error.remedies].join(" | ");
        },
      );
    await act({ folders, root, compare, mistake });
  });
}

describe("reprise compare olymmath", () => {
  it("prints scores and languages by one way of checking, and writes all of it", async () => {
    await withFolders(async ({ folders, root, compare }) => {
      const text = await compare(folders, { aime24: ["a=60"], mode: "want" });
      expect(text).toMatch(/^Scores by set\nset +model +problems +n +Pass@1 +k +Pass@k/);
      expect(text.match(/^EN-HARD +[ab] /gm)).toEqual([
        expect.stringMatching(/ a $/),
        expect.stringMatching(/ b $/),
      ]);
      expect(text).toMatch(/English against Chinese, over the models\n.*\n.*\nHARD +all +2 +1 +50\.0 +0\.0 /);
      expect(text).toContain("Percent, answers checked as want.");
      expect(readdirSync(join(root, "out")).sort()).toEqual([
        "comparison.csv",
        "comparison.json",
        "comparison.md",
      ]);
      const { benchmark } = JSON.parse(readFileSync(join(root, "out", "comparison.json"), "utf8"));
      expect(benchmark.models[4]).toEqual({ model: "a, here", AIME24: 60, "EN-HARD": 50 });
    });
  });

  it("keeps it in the store where nobody names a folder", async () => {
    await withFolders(async ({ folders, root, compare }) => {
      vi.stubEnv("REPRISE_RUNS", join(root, "runs"));
      await compare(folders, { out: undefined });
      vi.unstubAllEnvs();
      expect(existsSync(join(root, "runs", "eval", "olymmath", "comparison", "comparison.md"))).toBe(true);
    });
  });

  it("names mistakes, with what to do", async () => {
    await withFolders(async ({ folders: [a, b], root, mistake }) => {
      expect(await mistake([a])).toMatch(/^A comparison needs two models or more; got 1\./);
      expect(await mistake([a, join(root, "none")])).toMatch(/none has no report\.json \| name the folders/);
      expect(await mistake([a, b, a])).toMatch(/both have a with the settings/);
      expect(await mistake([a, b], { mode: "strict" })).toMatch(/^"strict" is no way of checking answers/);
      expect(await mistake([a, b], { aime24: ["a"] })).toMatch(/^--aime24 a is no model with a score \| /);
      expect(await mistake([a, b], { aime24: ["c=1"] })).toMatch(
        /"c", which is not compared.*there are: a, b/,
      );
      expect(await mistake([a, b], { aime24: ["a=101"] })).toMatch(
        /^--aime24 must be a number from 0 to 100/,
      );
      const broken = join(root, "broken");
      mkdirSync(broken);
      writeFileSync(join(broken, "report.json"), "{");
      expect(await mistake([a, broken])).toMatch(/broken\/report\.json cannot be read: /);
      writeFileSync(join(broken, "report.json"), "{}");
      expect(await mistake([a, broken])).toMatch(/broken\/report\.json is no report of npx reprise eval/);
      expect(existsSync(join(root, "out"))).toBe(false);
      await expect(runCompare("aime", [a, b])).rejects.toThrow('there is no benchmark "aime"');
    });
  });
});
