import { join } from "node:path";
import { expect, it } from "vitest";
import { withTemporaryFolder } from "../../lib/data/testing";
import { RunStore } from "../../lib/experiment/store";
import { olymMathConfig } from "../../lib/papers/olymmath/config";
import { storePlanted } from "../../lib/papers/olymmath/testingRuns";
import { longestInHouseRun, storedAnswers } from "./storedAnswers";

it("the answers are those of the run with most of them, each with its problem's gold", () =>
  withTemporaryFolder(async (folder) => {
    const store = new RunStore(join(folder, "runs"));
    expect(longestInHouseRun(store)).toBeUndefined();
    const config = olymMathConfig("smoke");
    storePlanted(store, config, "main", { EN: ["RW"], ZH: ["RR"] });
    storePlanted(store, config, "main", { EN: ["RTW-", "WWWW"], ZH: ["RRRR", "TTTT"], seed: 2 });

    const answers = storedAnswers(longestInHouseRun(store)!);
    expect(answers.map(({ text }) => /\\boxed\{(.*)\}/.exec(text)![1])).toEqual([
      ...["6", "5", "7", "", "7", "7", "7", "7"],
      ...["6", "6", "6", "6", "5", "5", "5", "5"],
    ]);
    const golds = answers.map(({ gold }) => gold);
    // Four samples of the first problem, four of the second; the same in Chinese.
    expect(new Set(golds.slice(0, 4)).size).toBe(1);
    expect(golds[4]).not.toBe(golds[0]);
    expect(golds.slice(8)).toEqual(golds.slice(0, 8));
  }));
