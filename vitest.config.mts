import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const ROOT = process.cwd(); // where vitest looks for this file
const FILES = ["lib", "bench", "kernels", "scripts", "notebooks"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name)),
);

/** They begin first, in this order: a long file that begins last keeps a core waiting. */
const LONGEST = [
  "lib/experiment/kill.test.ts",
  "notebooks/utgrec.test.ts",
  "bench/workloads/workloads.test.ts",
  "notebooks/stream-rec.test.ts",
  "notebooks/t2arec.test.ts",
  "notebooks/mtgrec.test.ts",
  "lib/cli/ablate.test.ts",
  "notebooks/relevance-patching.test.ts",
  "notebooks/olymmath.test.ts",
  "notebooks/tour.test.ts",
  "kernels/jupyter/papermill.test.ts",
  "lib/papers/stream-rec/losses.test.ts",
  "lib/papers/t2arec/determinism.test.ts",
  "lib/papers/olymmath/sampling/kill.test.ts",
  "lib/notebook/testing.test.ts",
];

/** They measure the memory of their process, or their own browser. */
const MEASURING = [
  "lib/llm/files/fuzz.test.ts",
  "lib/data/amazon2023.test.ts",
  "lib/figures/export/browser.test.ts",
];

/**
 * Folders whose tests compute, and put back what they change: the files of a group run one after the other in the same processes, for the start of
 * TensorFlow takes longer than most of them. Tensors are counted before and after within a test, whatever ran earlier.
 */
const SHARING: Readonly<Record<string, readonly string[]>> = {
  papers: ["lib/papers/"],
  recsys: ["lib/recsys/", "lib/rl/"],
  data: ["lib/data/", "lib/figures/"],
  tensors: [
    ...["lib/tensor/", "lib/nn/", "lib/optim/", "lib/math/"],
    ...["lib/llm/files/", "lib/llm/generation/", "lib/llm/model/", "lib/llm/tokenizer/"],
  ],
};

/** All others have a process of their own: they start programs and servers, and a fallback test chooses the backend, which is one a process. */
const GROUPS = ["alone", ...Object.keys(SHARING)];

function groupOf(file: string): string {
  if (LONGEST.includes(file) || MEASURING.includes(file) || file.endsWith(".fallback.test.ts"))
    return "alone";
  const isIn = ([, folders]: readonly [string, readonly string[]]) =>
    folders.some((folder) => file.startsWith(folder));
  return Object.entries(SHARING).find(isIn)?.[0] ?? "alone";
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) => {
      const place = LONGEST.indexOf(relative(ROOT, moduleId));
      return GROUPS.indexOf(project.name) * FILES.length + (place < 0 ? LONGEST.length : place);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    pool: "forks", // not threads: TensorFlow's context is one a process
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    projects: GROUPS.map((name) => ({
      extends: true as const,
      test: {
        name,
        isolate: name === "alone",
        include: FILES.filter((file) => groupOf(file) === name),
        setupFiles: name === "alone" ? [] : ["lib/tensor/testingCleanUp.ts"],
      },
    })),
  },
});
