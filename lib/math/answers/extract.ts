/** What was found in a response. */
export interface Extraction {
  /** The content of the last box; empty where there is none. */
  answer: string;
  /** Boxes with content. */
  boxes: number;
  /** Boxes without. */
  emptyBoxes: number;
  /** Whether the text ends inside a box: the response was cut off. */
  truncated: boolean;
}

export interface ExtractOptions {
  /** `ref` follows the benchmark's published extraction, which can return an empty or a nested box. */
  mode: "ref" | "want";
}

const [OPEN, CLOSE, BACKSLASH] = [123, 125, 92];
const COMMAND = /\\(?:boxed|fbox)(?![A-Za-z])\s*/y;
/** `{...}` with two more levels of braces, or one token. */
const GROUP = String.raw`\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}`;
const ARGUMENT = String.raw`\s*(?:${GROUP}|\d|[A-Za-z]|\\[A-Za-z]+)`;
const TOKEN = new RegExp(
  String.raw`^(?:-?\d+(?:\.\d+)?|[A-Za-z]|-?\\(?:[dtc]?frac|[dt]?binom)${ARGUMENT}${ARGUMENT}|-?\\sqrt(?:\[[^\]]*\])?${ARGUMENT}|-?\\(?!left|right|begin|end)[A-Za-z]+(?:${GROUP})*)`,
);
/** Characters behind a box without braces that are looked at. */
const LONGEST_TOKEN = 256;

/**
 * The final answer of a response: the content of its last box that has one. Linear in the length of the text.
 * @see OlymMATH, answer extraction; local_tester.py of RUCAIBox/OlymMATH for `ref`
 */
export function extractAnswer(response: string, { mode }: ExtractOptions): Extraction {
  if (mode === "ref") return extractByReference(response);
  const text = withoutThinking(response);
  const all = boxesOf(text);
  const outer = outermost(all);
  const full = outer.filter((k) => contentOf(text, all[k]) !== "");
  const last = full.length > 0 ? innermost(text, all, full[full.length - 1]) : undefined;
  return {
    answer: last ? contentOf(text, last) : "",
    boxes: full.length,
    emptyBoxes: outer.length - full.length,
    truncated: all.some(({ end }) => end < 0),
  };
}

/** What follows the thinking block, where it holds a box; else all of it. */
function withoutThinking(response: string): string {
  const end = response.lastIndexOf("</think>");
  if (end < 0) return response;
  const visible = response.slice(end + "</think>".length);
  const boxes = boxesOf(visible);
  return boxes.some((box) => box.end >= 0 && contentOf(visible, box) !== "") ? visible : response;
}

/** What a box holds, between two places of the text; no end where the text ends first. */
interface Box {
  from: number;
  end: number;
}

const contentOf = (text: string, { from, end }: Box): string => text.slice(from, end).trim();

/** All boxes in the order of their beginnings, in one pass; `\boxed 5` holds one token, `\boxed\frac12` a command with its arguments. */
function boxesOf(text: string): Box[] {
  const boxes: Box[] = [];
  const stack: (Box | undefined)[] = [];
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code === OPEN) stack.push(undefined);
    else if (code === CLOSE) {
      const box = stack.pop();
      if (box) box.end = k;
    } else if (code === BACKSLASH) {
      COMMAND.lastIndex = k;
      const open = COMMAND.test(text) ? COMMAND.lastIndex : -1;
      if (open < 0) {
        // An escaped character, but for a box behind a line's end.
        if (!text.startsWith("boxed", k + 2)) k++;
      } else if (text.charCodeAt(open) === OPEN) {
        const box = { from: open + 1, end: -1 };
        boxes.push(box);
        stack.push(box);
        k = open;
      } else {
        const token = TOKEN.exec(text.slice(open, open + LONGEST_TOKEN));
        if (token) boxes.push({ from: open, end: open + token[0].length });
        k = open - 1;
      }
    }
  }
  return boxes;
}

/** The places of the closed boxes that stand in no other closed box. */
function outermost(boxes: readonly Box[]): number[] {
  const places: number[] = [];
  let behind = 0;
  for (const [k, { from, end }] of boxes.entries()) {
    if (end < 0 || from < behind) continue;
    places.push(k);
    behind = end;
  }
  return places;
}

/** A box inside a box, or inside the words of one, is the answer; of several none is. */
function innermost(text: string, boxes: readonly Box[], outer: number): Box {
  let [box, last] = [boxes[outer], boxes.length - 1];
  for (let k = outer + 1; ; k++) {
    while (boxes[last].from >= box.end) last--;
    const inner = boxes[k];
    // Beginnings are in order: where the last box of this one is in the first, there is one.
    if (k > last || inner.end < 0 || boxes[last].from > inner.end) return box;
    if (contentOf(text, inner) === "") return box;
    box = inner;
  }
}

const NESTED_BOX = /\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}/g;

/** The published scanner: a box counts outside other braces; else the last one with up to two levels of braces. */
function extractByReference(response: string): Extraction {
  let [depth, start, boxes, empty]: [number, number, number, number] = [0, -1, 0, 0];
  let answer: string | undefined;
  for (let k = 0; k < response.length; k++) {
    const code = response.charCodeAt(k);
    if (code === BACKSLASH) {
      if (depth === 0 && response.startsWith("\\boxed{", k)) {
        start = k + 7;
        depth = 1;
        k += 6;
      } else if (response[k + 1] === "{" || response[k + 1] === "}") k++;
    } else if (code === OPEN) depth++;
    else if (code === CLOSE && depth > 0 && --depth === 0 && start >= 0) {
      answer = response.slice(start, k);
      start = -1;
      if (answer.trim() === "") empty++;
      else boxes++;
    }
  }
  if (answer === undefined) {
    for (const found of response.matchAll(NESTED_BOX)) {
      answer = found[1];
      boxes++;
    }
  }
  return { answer: (answer ?? "").trim(), boxes, emptyBoxes: empty, truncated: start >= 0 };
}
