/* What a notebook shows of rows, pairs and answers before anything is patched. */
import type { RelevanceRow } from "../../data/relevanceRows";
import type { ResultTable } from "../../experiment/record";
import { type Figure, heatmapFigure } from "../../figures";
import { type LanguageModel, run } from "../../llm/model";
import { scoped } from "../../llm/model/scope";
import { tf } from "../../tensor";
import type { Candidate } from "./candidates";
import { STREAM_GROUPS } from "./maps";
import { streamSites } from "./patching/site";
import { difference, judge } from "./patching/subject";
import { normalizedEffects, sweep } from "./patching/sweep";
import { positionsOf } from "./prompts/positionGroups";
import type { LoadedSubject } from "./subjects";

type Rows = ResultTable["rows"];

/** The beginnings of some rows. */
export function rowTable(rows: readonly RelevanceRow[], count = 3, characters = 110): Rows {
  const beginning = (text: string | undefined) =>
    text === undefined ? "" : text.length > characters ? `${text.slice(0, characters)} …` : text;
  return rows.slice(0, count).map(({ query, positive, hardNegatives, randomNegatives }) => ({
    query,
    "answers it": beginning(positive),
    "near, does not": beginning(hardNegatives[0]),
    anything: beginning(randomNegatives[0]),
  }));
}

/** A pair group by group: how many tokens, and the text of both prompts where it differs. */
export function pairTable({ format: { tokenizer } }: LoadedSubject, { pair }: Candidate): Rows {
  const { clean, corrupted, ranges } = pair;
  return (["other", "doc_all", "query_all", "inst_all", "last"] as const).map((group) => {
    const positions = positionsOf(group, clean.length, ranges);
    const text = (prompt: Int32Array) =>
      tokenizer
        .decode(
          positions.map((position) => prompt[position]),
          { special: true },
        )
        .replaceAll("\n", "⏎");
    const [ofClean, ofCorrupted] = [text(clean), text(corrupted)];
    return {
      positions: group,
      tokens: positions.length,
      clean: ofClean,
      corrupted: ofClean === ofCorrupted ? "the same" : ofCorrupted,
    };
  });
}

/** What the model says behind each prompt of a pair: the likeliest tokens with their probabilities, and d. */
export function answerTable({ subject, format }: LoadedSubject, { pair }: Candidate, count = 5): Rows {
  return (["clean", "corrupted"] as const).map((side) => {
    const prompt = pair[side];
    const [answer] = judge(subject, [prompt], { probabilities: true });
    const likeliest = nextTokens(subject.model, prompt, count);
    return {
      prompt: side,
      "likeliest next tokens": likeliest
        .map(({ id, p }) => `${JSON.stringify(format.tokenizer.decode([id]))} ${p.toFixed(3)}`)
        .join(", "),
      "P(yes)": answer.pYes as number,
      "P(no)": answer.pNo as number,
      d: difference(answer),
    };
  });
}

/** The most probable tokens behind a prompt, the likeliest first. */
function nextTokens(model: LanguageModel, prompt: Int32Array, count: number): { id: number; p: number }[] {
  const { values, indices } = scoped(() => {
    const { logits } = run(model, tf.tensor2d([Array.from(prompt)], [1, prompt.length], "int32"));
    const last = logits.slice([0, prompt.length - 1, 0], [1, 1, -1]).reshape<tf.Tensor1D>([-1]);
    return tf.topk(last.softmax(), count);
  });
  const p = values.dataSync();
  const found = Array.from(indices.dataSync(), (id, i) => ({ id, p: p[i] }));
  tf.dispose([values, indices]);
  return found;
}

/** Of one pair, what patching the residual stream restores, by layer and group of positions. */
export function pairFigure(
  { subject }: LoadedSubject,
  { pair, triple }: Candidate,
  layers: readonly number[],
): Figure {
  const sites = streamSites(subject.model.config, { hooks: ["resid_post"], layers, groups: STREAM_GROUPS });
  const effects = normalizedEffects(sweep(subject, [pair], sites), { minimumGap: 0 });
  const rows = sites.map(({ layer, group }, site) => ({ layer, positions: group, effect: effects[site][0] }));
  return heatmapFigure(rows, {
    title: "One query, two documents",
    subtitle: `Residual stream of “${triple.query}”; 0: the corrupted answer, 1: the clean one`,
    x: { column: "layer", title: "layer" },
    y: { column: "positions", title: "positions" },
    color: { column: "effect", title: "IE_norm" },
    midpoint: 0,
    cells: ".2f",
  });
}

/** The pair that the model tells apart best: its clean prompt is farthest above the corrupted one. @throws RangeError where there is none to choose from */
export function clearestPair({ subject }: LoadedSubject, candidates: readonly Candidate[]): Candidate {
  if (candidates.length === 0) throw new RangeError("There is no pair to choose from.");
  const d = judge(
    subject,
    candidates.flatMap(({ pair: { clean, corrupted } }) => [clean, corrupted]),
  ).map(difference);
  const distance = (index: number) => d[2 * index] - d[2 * index + 1];
  return candidates[candidates.reduce((best, _, i) => (distance(i) > distance(best) ? i : best), 0)];
}
