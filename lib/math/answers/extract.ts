import { closingBrace } from "./markup";

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
  /** The last boxes with nothing but separators between them, as a list. */
  adjacent?: boolean;
}

const OPENER = /\\(boxed|fbox)(?![A-Za-z])\s*/g;
const [OPEN, CLOSE, BACKSLASH] = [123, 125, 92];
const SEPARATORS = /^(?:[\s,;$]|\\[,; ()]|and|or|和|或|、|，)*$/;

/**
 * The final answer of a response: the content of its last box that has one. Linear in the length of the text.
 * @see OlymMATH, answer extraction; local_tester.py of RUCAIBox/OlymMATH for `ref`
 */
export function extractAnswer(response: string, { mode, adjacent = false }: ExtractOptions): Extraction {
  if (mode === "ref") return extractByReference(response);
  const text = withoutThinking(response);
  const found = boxesOf(text);
  const full = found.boxes.filter(({ content }) => content !== "");
  const last = full.length > 0 ? innermost(full[full.length - 1].content) : "";
  return {
    answer: adjacent ? joinAdjacent(text, full) : last,
    boxes: full.length,
    emptyBoxes: found.boxes.length - full.length,
    truncated: found.truncated,
  };
}

/** What follows the thinking block, where it holds a box; else all of it. */
function withoutThinking(response: string): string {
  const end = response.lastIndexOf("</think>");
  if (end < 0) return response;
  const visible = response.slice(end + "</think>".length);
  return boxesOf(visible).boxes.some(({ content }) => content !== "") ? visible : response;
}

interface Box {
  content: string;
  start: number;
  end: number;
}

/** The outermost boxes from left to right; `\boxed 5` holds one token. */
function boxesOf(text: string): { boxes: Box[]; truncated: boolean } {
  const boxes: Box[] = [];
  const openers = [...text.matchAll(OPENER)].map(({ 0: opener, index }) => ({
    index: index!,
    open: index! + opener.length,
  }));
  const closing = closingBraces(text, new Set(openers.map(({ open }) => open)));
  let [truncated, behind] = [false, 0];
  for (const { index, open } of openers) {
    if (index < behind) continue; // a box in a box
    if (text.charCodeAt(open) !== OPEN) {
      const token = /^(?:-?\d+(?:\.\d+)?|[A-Za-z])/.exec(text.slice(open, open + 64));
      if (token) boxes.push({ content: token[0], start: index, end: open + token[0].length });
      continue;
    }
    const close = closing.get(open);
    if (close === undefined) {
      truncated = true;
      continue;
    }
    behind = close + 1;
    boxes.push({ content: text.slice(open + 1, close).trim(), start: index, end: behind });
  }
  return { boxes, truncated };
}

/** Where the braces at these places close, of those that do; one pass. */
function closingBraces(text: string, places: ReadonlySet<number>): Map<number, number> {
  const [pairs, stack]: [Map<number, number>, number[]] = [new Map(), []];
  if (places.size === 0) return pairs;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code === BACKSLASH) k++;
    else if (code === OPEN) stack.push(k);
    else if (code === CLOSE) {
      const open = stack.pop();
      if (open !== undefined && places.has(open)) pairs.set(open, k);
    }
  }
  return pairs;
}

/** A box inside a box, or inside words, is the answer. */
function innermost(content: string): string {
  const whole = /^\\(?:boxed|fbox)\s*\{/.exec(content);
  if (!whole || closingBrace(content, whole[0].length - 1) !== content.length - 1) return content;
  return innermost(content.slice(whole[0].length, -1).trim());
}

function joinAdjacent(text: string, boxes: readonly Box[]): string {
  let first = boxes.length - 1;
  while (first > 0 && SEPARATORS.test(text.slice(boxes[first - 1].end, boxes[first].start))) first--;
  return boxes
    .slice(Math.max(0, first))
    .map(({ content }) => innermost(content))
    .join(", ");
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
