import type { TokenMap } from "./tokenMap";

/**
 * The prefix tree of a tokenizer's identifiers as flat arrays, one a depth. Node 0 of depth 0 is the root; from depth to depth nodes are numbered in
 * the order in which their first item comes.
 */
export interface Trie {
  /**
   * [D] arrays [nodes of the depth, values of the digit]: the node of the next depth that a value leads to, or -1 where no identifier goes on so. The
   * last depth leads to item ids.
   */
  readonly children: readonly Int32Array[];
  /** [D] values of each digit. */
  readonly widths: readonly number[];
  /** [D] the token id of each digit's value 0. */
  readonly offsets: readonly number[];
}

/** Of items that share an identifier the first is the one it leads to. */
export function buildTrie({ vocabulary: { widths, offsets }, items, tokens }: TokenMap): Trie {
  const digits = widths.length;
  let nodes: Int32Array = new Int32Array(items); // of each item: where its prefix has led so far
  let count = 1;
  const children = widths.map((width, depth) => {
    const next = new Int32Array(count * width).fill(-1);
    const reached = new Int32Array(items);
    count = 0;
    for (let item = 1; item <= items; item++) {
      const value = tokens[item * digits + depth] - offsets[depth];
      const edge = nodes[item - 1] * width + value;
      if (next[edge] < 0) next[edge] = depth === digits - 1 ? item : count++;
      reached[item - 1] = next[edge];
    }
    nodes = reached;
    return next;
  });
  return { children, widths, offsets };
}

/** The item of an identifier; 0 where no item has it. @param tokens [D] */
export function findItem({ children, widths, offsets }: Trie, tokens: ArrayLike<number>): number {
  let node = 0;
  for (let depth = 0; depth < widths.length; depth++) {
    const value = tokens[depth] - offsets[depth];
    if (value < 0 || value >= widths[depth]) return 0;
    node = children[depth][node * widths[depth] + value];
    if (node < 0) return 0;
  }
  return node;
}
