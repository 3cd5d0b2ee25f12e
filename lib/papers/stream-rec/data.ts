import { unknownDataset } from "../../data/manifest";
import { type DatasetMeta, loadDataset } from "../../recsys/datasets";
import { type CatalogueOptions, catalogueNames, loadCatalogue } from "../../recsys/generative/catalogues";
import { type HashedContentOptions, hashedContent } from "../../recsys/generative/hashedContent";
import type { DenseMatrix } from "../../recsys/generative/matrix";
import {
  type ReasoningTree,
  type ReasoningTreeParameters,
  reasoningTree,
} from "../../recsys/generative/reasoningTree";
import type { SequentialDataset } from "../../recsys/sequences";

/** What each planted world has that the plain tree has not. */
const TREES: Readonly<Record<string, { title: string; planted: Partial<ReasoningTreeParameters> }>> = {
  tree: { title: "Reasoning tree", planted: {} },
  "tree-hard": { title: "Reasoning tree, 30% hard identifiers", planted: { hardShare: 0.3 } },
  "tree-flat": { title: "Reasoning tree, flat control", planted: { structure: "last-item" } },
};
/** Data sets whose items have a title and a year, but no text. */
const FILMS = ["ml-100k", "ml-1m"];

export interface StreamDataOptions
  extends Pick<CatalogueOptions, "folders" | "download" | "onNotice" | "minRating" | "core"> {
  /** Of a planted world, and of content that is made by a decomposition. */
  readonly seed: number;
  /** What else is planted in a tree: users, sizes, noise … */
  readonly planted?: Omit<Partial<ReasoningTreeParameters>, "seed">;
  /** Of films. */
  readonly hashed?: HashedContentOptions;
  /** Width of content made from words. Default 128. */
  readonly dimensions?: number;
}

/** Sequences of items, and a vector that says what each item is; of no event does it tell anything. */
export interface StreamData {
  readonly data: SequentialDataset;
  /** z, [V, d]; row i - 1 is that of item id i. */
  readonly content: DenseMatrix;
  readonly meta: DatasetMeta;
  /** [V] what each item is called, for tables and figures: films by their titles, other items by their names in the data. */
  readonly labels: readonly string[];
  /** What was planted, in a tree. */
  readonly truth: ReasoningTree | undefined;
}

/** Every name that `loadStreamData` knows. */
export function streamDataNames(): string[] {
  return [...Object.keys(TREES), ...catalogueNames()];
}

/**
 * A data set by name: a planted tree, taken whole, or a real one of events rated 3 or better where it has ratings, its users and items of 5 events or more.
 * Films are described by genres, decade and the hashed words of their titles, other items by their words or attributes (TF-IDF, SVD, PCA): where the paper
 * has vectors of a language model, nothing is downloaded here.
 * @throws DataError on an unknown name (with the nearest known one), and on missing or damaged files
 */
export async function loadStreamData(name: string, options: StreamDataOptions): Promise<StreamData> {
  if (name in TREES) return plant(name, options);
  if (!catalogueNames().includes(name)) throw unknownDataset(name, streamDataNames());
  const { seed, dimensions = 128, hashed, minRating = 3, core = 5, folders, download, onNotice } = options;
  const loading = { minRating, core, folders, download, onNotice };
  if (!FILMS.includes(name)) {
    const { data, content, meta } = await loadCatalogue(name, { ...loading, dimensions, seed });
    return { data, content, meta, labels: data.itemNames.slice(1), truth: undefined };
  }
  const { data, meta, items } = await loadDataset(name, loading);
  const unknown = { title: undefined, year: undefined, attributes: [] };
  const described = data.itemNames.slice(1).map((item) => items.get(item) ?? unknown);
  const labels = described.map(({ title }, item) => title ?? data.itemNames[item + 1]);
  return { data, content: hashedContent(described, hashed), meta, labels, truth: undefined };
}

function plant(name: string, { seed, planted }: StreamDataOptions): StreamData {
  const { title, planted: variant } = TREES[name];
  const truth = reasoningTree({ ...variant, ...planted, seed });
  return {
    data: truth.data,
    content: truth.content,
    labels: truth.data.itemNames.slice(1),
    meta: {
      name,
      title,
      source: `simulated, seed ${seed}`,
      licence: "none needed",
      citation: "Reprise, reasoning tree (lib/recsys/generative)",
    },
    truth,
  };
}
