import { createRandom } from "../../lib/data/random";
import { bytesOfValues, dequantiseInto, type GgmlType, ggmlTypeNames, ggmlTypes } from "../../lib/llm/files";
import type { Bar, Benchmark, Workload } from "../workload";

/** 4 MB of float32, as a large weight of a small model has. */
const VALUES = 2 ** 20;
/** A model of 135 million values is loaded in little more than a second then. */
const MILLIONS_A_SECOND = 100;

/** The values of random blocks, into an array that is there already. */
function blocks(type: GgmlType): Workload {
  const random = createRandom(1);
  const bytes = new Uint8Array(bytesOfValues(type, VALUES));
  for (let k = 0; k < bytes.length; k++) bytes[k] = random.integer(256);
  const values = new Float32Array(VALUES);
  return {
    run: () => dequantiseInto(type, bytes, values),
    report: () => [],
    dispose() {},
  };
}

function limit(type: GgmlType): Bar {
  return {
    text: `at least ${MILLIONS_A_SECOND} million values a second from ${type}`,
    check({ seconds }) {
      const millions = VALUES / seconds[type] / 1e6;
      return { value: `${millions.toFixed(0)} million/s`, pass: millions >= MILLIONS_A_SECOND };
    },
  };
}

/** F32 comes first: it is a copy, and what the others take beyond it is arithmetic. */
export const dequantise: Benchmark = {
  name: "dequantise",
  title: `${VALUES.toLocaleString("en")} float32 values from each number format of GGUF files`,
  sizes: [0],
  variants: Object.fromEntries(ggmlTypeNames.map((type) => [type, () => blocks(type)])),
  runs: 4,
  torch: [],
  bars: ggmlTypeNames.filter((type) => ggmlTypes[type].blockValues > 1).map(limit),
};
