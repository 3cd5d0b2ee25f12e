import { join } from "node:path";
import { METRICS_FILE, readMetrics } from "../../experiment/metricsLog";
import { measured, type ResultTable } from "../../experiment/record";
import { mean } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { rankingMetrics, splitTargets, trainingPrefixes } from "../../recsys";
import { rankCases } from "../../recsys/caseRanks";
import { codePurity } from "../../recsys/generative/codePurity";
import { collisionRate } from "../../recsys/generative/codeStatistics";
import { treeOracleScores } from "../../recsys/generative/reasoningTreeOracle";
import { markovChainScores } from "../../recsys/markovChain";
import { itemCounts } from "../../recsys/popularity";
import {
  measuredMetric,
  metricsRow,
  present,
  roundedMean,
  type VariantRuns,
} from "../../recsys/variantReport";
import type { StreamRecConfig } from "./config";
import type { StreamData } from "./data";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { PUBLISHED_DATASETS, PUBLISHED_RECALL } from "./published";
import { codesOf, tokensOf } from "./training";
import type { AblationName } from "./variants";

type Rows = ResultTable["rows"];

/** A ledger's runs with their names. */
export function variants({ runs }: Ledger): VariantRuns {
  return { runs, labelOf };
}

/** The data in numbers, and how its items are written. */
export function describeData(config: StreamRecConfig, loaded: StreamData, seed = 1) {
  const { users, items, itemIds } = loaded.data;
  const codes = codesOf(config, loaded, seed);
  return {
    "data set": loaded.meta.title,
    users,
    items,
    interactions: itemIds.length,
    "mean length": itemIds.length / users,
    "training examples": trainingPrefixes(loaded.data).length,
    "tokens an item": tokensOf(codes).digits,
    "codes a level": codes.codes,
    "items that share their codes": collisionRate(codes),
    "items coded as planted": loaded.truth ? Math.min(...codePurity(codes, loaded.truth.codes).prefix) : null,
  };
}

/**
 * What can be reached at all, without any training of a network: the test users ranked by popularity, by the last-item Markov chain, and in a planted world by
 * the oracle, which knows the rules.
 */
export function boundTable({ data, truth }: StreamData): Rows {
  const popularity = itemCounts(data).subarray(1);
  const chain = markovChainScores(data);
  const scores = {
    popularity: () => popularity,
    "last-item Markov chain": chain,
    ...(truth === undefined ? {} : { "oracle: the planted rules": treeOracleScores(truth, data) }),
  };
  return Object.entries(scores).map(([ranking, scoresOf]) => {
    const ranks = rankCases(data, splitTargets(data, "test"), scoresOf);
    const { recall, ndcg } = rankingMetrics(ranks);
    return { ranking, "Recall@10": recall, "NDCG@10": ndcg };
  });
}

/** All models on this data, with the paper's Recall@10 where it is known. */
export function modelTable(ledger: Ledger): Rows {
  return ablationTable(ledger, "models");
}

/** An ablation on this data. */
export function ablationTable(ledger: Ledger, ablation: AblationName): Rows {
  return rowsOf(ledger, variantNames(ablation));
}

/** TIGER and the stages: the rows of the paper that are known, and those beside them. */
export function stageTable(ledger: Ledger): Rows {
  return ablationTable(ledger, "stages");
}

function rowsOf(ledger: Ledger, names: readonly string[]): Rows {
  return present(ledger, names).map((name) => {
    const runs = ledger.runs(name);
    const published = PUBLISHED_RECALL[name];
    return {
      ...metricsRow(variants(ledger), name),
      "validation NDCG@10": measuredMetric(runs, "validation NDCG@10"),
      ...Object.fromEntries(
        PUBLISHED_DATASETS.map((dataset) => [
          `paper's Recall@10 (${dataset})`,
          published?.[dataset].toFixed(4) ?? "",
        ]),
      ),
      updates: roundedMean(runs, ({ metrics }) => metrics["updates"]),
    };
  });
}

/** Models that think, in the order of their training. */
export const THINKING = ["stage1", "sft", "full"] as const;

/** What thinking does on the test users: how near the states come to the target, and how likely it is after thinking and without. */
export function thinkingTable(ledger: Ledger): Rows {
  return present(ledger, THINKING).map((name) => {
    const of = (array: string) => measured(ledger.runs(name).map((run) => mean(run.array(array))));
    return {
      model: labelOf(name),
      "cos(s_0, t)": of("firstCosine"),
      "cos(s_l, t)": of("lastCosine"),
      "log P after thinking, nats": of("thinkingLogLikelihood"),
      "log P at once, nats": of("directLogLikelihood"),
    };
  });
}

/** Mean cos(s_i, t) over the test users, of every step: a row a model, seed and step. */
export function cosineRows(ledger: Ledger): { model: string; seed: number; step: number; cosine: number }[] {
  return present(ledger, THINKING).flatMap((name) =>
    ledger.runs(name).flatMap((run) => {
      const cosines = run.array("cosines");
      const count = run.metrics["thinking tokens"] + 1;
      const users = cosines.length / count;
      return Array.from({ length: count }, (_, step) => {
        let sum = 0;
        for (let user = 0; user < users; user++) sum += cosines[user * count + step];
        return { model: labelOf(name), seed: run.seed, step, cosine: sum / users };
      });
    }),
  );
}

/** Time of decoding a test user: at once, after pauses, after thinking; with how many times as many steps of the decoder it has as at once. */
export function costRows(
  ledger: Ledger,
): { decoding: string; seed: number; milliseconds: number; factor: number }[] {
  return ledger.runs("full").flatMap((run, at) => {
    const { metrics, timings, seed } = run;
    const factor = (metrics["thinking tokens"] + metrics["answer tokens"]) / metrics["answer tokens"];
    const paused = ledger.runs("TIGER + pauses").at(at)?.timings["milliseconds a user"];
    const times = [
      { decoding: "at once", milliseconds: timings["milliseconds a user, direct"], factor: 1 },
      { decoding: "after pauses", milliseconds: paused, factor },
      { decoding: "after thinking", milliseconds: timings["milliseconds a user, thinking"], factor },
    ];
    return times.flatMap(({ milliseconds, ...row }) =>
      milliseconds === undefined ? [] : [{ ...row, seed, milliseconds }],
    );
  });
}

/** Mean time of decoding a test user at once. */
export function timeAtOnce(rows: ReturnType<typeof costRows>): number {
  return mean(rows.filter(({ factor }) => factor === 1).map(({ milliseconds }) => milliseconds));
}

/** The same as a table, means over the seeds. */
export function costTable(ledger: Ledger): Rows {
  const rows = costRows(ledger);
  return [...new Set(rows.map(({ decoding }) => decoding))].map((decoding) => {
    const own = rows.filter((row) => row.decoding === decoding);
    const milliseconds = mean(own.map((row) => row.milliseconds));
    return {
      decoding,
      "ms a user": milliseconds,
      "times as long": milliseconds / timeAtOnce(rows),
      "decoder steps, times as many": own[0].factor,
    };
  });
}

/** Numbers that a run has logged under some names: a row a step and name, in the order in which they were logged. */
export function loggedRows(
  run: StoredRun,
  names: readonly string[],
): { step: number; name: string; value: number; seed: number }[] {
  return readMetrics(join(run.folder, METRICS_FILE)).flatMap(({ step, values }) =>
    names
      .filter((name) => name in values)
      .map((name) => ({ step, name, value: values[name], seed: run.seed })),
  );
}

/** How many updates the ends of stage 3 are averaged over. */
const ENDS = 5;

/** What stage 3 does to the policy: means over its first and its last updates, and over the seeds. */
export function policyTable(ledger: Ledger): Rows {
  const names = {
    reward: "reward",
    deviation: "deviation in a group",
    equalShare: "groups without a difference",
  };
  const others = {
    parseErrors: "outputs that are no item",
    kl: "KL to stage 2, nats",
    entropy: "entropy, nats",
  };
  const all = { ...names, ...others };
  const runs = ledger.runs("full").map((run) => loggedRows(run, Object.keys(all)));
  if (runs.length === 0) return [];
  return (["first", "last"] as const).map((end) => {
    const ofEnd = (values: readonly number[]) =>
      end === "first" ? values.slice(0, ENDS) : values.slice(-ENDS);
    const cell = (name: string) =>
      measured(
        runs.map((rows) => mean(ofEnd(rows.filter((row) => row.name === name).map(({ value }) => value)))),
      );
    return {
      updates: `the ${end} ${ENDS}`,
      ...Object.fromEntries(Object.entries(all).map(([name, title]) => [title, cell(name)])),
    };
  });
}
