import { barFigure, type Figure, lineFigure } from "../../figures";
import { seedCount } from "../../recsys/variantReport";
import type { Ledger } from "./ledger";
import { consensusAt, meanOf, passAt, problemsOf, ratio, sampleCount, tally } from "./measures";
import { LANGUAGES, type Language } from "./problems/problem";
import { tickedAt } from "./report/sampleAxis";
import { LESSONS } from "./synthetic/inHouse/lessons";
import { SYNTHETIC_BANNER } from "./synthetic/items";

type Shown = Pick<Ledger, "runs" | "seeds">;

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { EN: "English", ZH: "Chinese" };

/** Stands under every title: the numbers are not the benchmark's. */
function subtitle({ seeds }: Shown, rest: string): string {
  return `${SYNTHETIC_BANNER.split(":")[0]}; in-house model, ${seedCount(seeds)}; ${rest}`;
}

/** Cross-entropy over the updates. */
export function learningFigure(ledger: Shown): Figure {
  const rows = ledger.runs("main").flatMap((run) =>
    (["loss", "validation"] as const).flatMap((name) =>
      Array.from(run.array("step"), (step, look) => ({
        step,
        loss: run.array(name)[look],
        problems: name === "loss" ? "training" : "validation",
      })),
    ),
  );
  return lineFigure(rows, {
    title: "The in-house model learns to write solutions",
    subtitle: subtitle(ledger, "bands: one standard deviation"),
    x: { column: "step", title: "updates" },
    y: { column: "loss", title: "cross-entropy of the solution's tokens", unit: "nats", scale: "log" },
    series: "problems",
  });
}

/** 1, 2, 4 .. and all. */
function sampleCounts(n: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(n)) + 1 }, (_, exponent) => 2 ** exponent);
  return [...new Set([...powers, n])];
}

/** Pass@k and Cons@k over k, in both languages. @see OlymMATH, Pass@k against Cons@k */
export function samplesFigure(ledger: Shown): Figure {
  const rows = ledger.runs("main").flatMap((run) =>
    LANGUAGES.flatMap((language) =>
      sampleCounts(sampleCount(run)).flatMap((k) =>
        (["pass", "cons"] as const).map((measure) => ({
          k,
          curve: `${LANGUAGE_NAMES[language]}, ${measure}@k`,
          solved: meanOf((measure === "pass" ? passAt : consensusAt)(run, language, k), problemsOf(run)),
        })),
      ),
    ),
  );
  const { data, layout } = lineFigure(rows, {
    title: "What many samples solve, and what they agree on",
    subtitle: subtitle(ledger, "bands: one standard deviation"),
    x: { column: "k", title: "samples k", scale: "log" },
    y: { column: "solved", title: "problems solved", format: ".0%", range: [0, 1] },
    series: "curve",
  });
  return {
    data,
    layout: {
      ...layout,
      xaxis: tickedAt(
        layout.xaxis,
        rows.map(({ k }) => k),
      ),
    },
  };
}

/** Pass@1 of each family in both languages. @see OlymMATH, analysis of languages */
export function familyFigure(ledger: Shown): Figure {
  const rows = ledger.runs("main").flatMap((run) =>
    LESSONS.flatMap(({ family }, place) => {
      const problems = problemsOf(run, place);
      if (problems.length === 0) return [];
      return LANGUAGES.map((language) => ({
        family,
        language: LANGUAGE_NAMES[language],
        solved: meanOf(passAt(run, language, 1), problems),
      }));
    }),
  );
  return barFigure(rows, {
    title: "One problem in two languages",
    subtitle: subtitle(ledger, "lines: one standard deviation"),
    category: { column: "family", title: "family of problems" },
    value: { column: "solved", title: "pass@1", format: ".0%", range: [0, 1] },
    ...{ series: "language", horizontal: true },
  });
}

/** What was learnt of traps. */
const TAUGHT = { main: "some shortcuts in training", careful: "no shortcuts in training" } as const;

/** Of wrong answers, how many are what a tempting shortcut gives; of a model that has seen shortcuts and of one that has not. */
export function guessFigure(ledger: Shown): Figure {
  const rows = (["main", "careful"] as const).flatMap((name) =>
    ledger.runs(name).flatMap((run) => {
      const { trapped, wrong } = tally(run, "EN");
      return LESSONS.flatMap(({ family }, place) => {
        const rate = ratio(trapped, wrong, problemsOf(run, place));
        return Number.isNaN(rate) ? [] : { family, taught: TAUGHT[name], rate };
      });
    }),
  );
  return barFigure(rows, {
    title: "Wrong answers that fall into the trap",
    subtitle: subtitle(ledger, "English; lines: one standard deviation"),
    category: { column: "family", title: "family of problems" },
    value: { column: "rate", title: "guess rate", format: ".0%", range: [0, 1] },
    ...{ series: "taught", horizontal: true },
  });
}

/** Pass@1 and the vote at each temperature. */
export function temperatureFigure(ledger: Shown): Figure {
  const rows = ["greedy", "main", "hot"].flatMap((name) =>
    ledger.runs(name).flatMap((run) =>
      LANGUAGES.map((language) => ({
        temperature: `T = ${run.config["temperature"]}`,
        language: LANGUAGE_NAMES[language],
        solved: run.metrics[`pass@1 ${language}`],
      })),
    ),
  );
  return barFigure(rows, {
    title: "One model at three temperatures",
    subtitle: subtitle(ledger, "lines: one standard deviation"),
    category: { column: "temperature", title: "temperature of sampling" },
    value: { column: "solved", title: "pass@1", format: ".0%", range: [0, 1] },
    series: "language",
  });
}
