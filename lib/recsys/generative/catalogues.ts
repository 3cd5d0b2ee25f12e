import { findManifest, manifestNames, unknownDataset } from "../../data/manifest";
import { type ItemAttributes, itemAttributes } from "../attributes";
import { type DatasetMeta, type LoadedDataset, type LoadOptions, loadDataset } from "../datasets";
import type { SequentialDataset } from "../sequences";
import { attributeContent, type ItemContentOptions, textContent } from "./itemContent";
import { type DenseMatrix, denseMatrix } from "./matrix";
import { type CatalogueParameters, syntheticCatalogue } from "./syntheticCatalogue";

/** The name of the planted catalogue. */
export const PLANTED_CATALOGUE = "catalogue";

export interface CatalogueOptions
  extends Omit<LoadOptions, "simulator">,
    Omit<ItemContentOptions, "seed" | "minItems"> {
  /** Width of the content vectors; the planted catalogue's too. */
  dimensions: number;
  /** Of the content, and of the whole planted catalogue. */
  seed: number;
  /** Leave out words or attributes that fewer items have. Default 5 of words, 1 of attributes: all. */
  minItems?: number;
  /** What the content is made from. Default: the words where the data set has some, else the attributes. */
  content?: "attributes" | "text";
  /** What else is planted in the planted catalogue: users, groups, noise … */
  planted?: Omit<Partial<CatalogueParameters>, "seed" | "dimensions">;
}

/** Sequences of items, and a vector that says what each item is. */
export interface LoadedCatalogue {
  data: SequentialDataset;
  /** [V, dimensions]; row i - 1 is that of item id i. */
  content: DenseMatrix;
  meta: DatasetMeta;
  /** Of a data set that has them. */
  attributes: ItemAttributes | undefined;
  /** [V], 0-based: the planted group of each item; undefined where none is planted. */
  groups: Int32Array | undefined;
}

/** Every name that `loadCatalogue` knows: the data sets with a file of items, and the planted catalogue. */
export function catalogueNames(): string[] {
  const described = manifestNames().filter((name) =>
    Object.values(findManifest(name).layouts).every(({ files }) =>
      files.some(({ role }) => role === "items"),
    ),
  );
  return [...described, PLANTED_CATALOGUE];
}

/**
 * A data set by name, with content vectors of its items. All events count, whatever their rating, and users and items with fewer than 5 are
 * left out (`minRating`, `core` say otherwise); the planted catalogue is taken whole, its content as planted.
 * @throws DataError on an unknown name (with the nearest known one), and on missing or damaged files
 * @throws Error where the items differ in fewer than `dimensions` directions, with the largest number possible
 * @see MTGRec, section 4.1.1, for the filter
 */
export async function loadCatalogue(name: string, options: CatalogueOptions): Promise<LoadedCatalogue> {
  if (name === PLANTED_CATALOGUE) return plant(options);
  const known = catalogueNames();
  if (!known.includes(name)) throw unknownDataset(name, known);
  const { minRating = 0, core = 5 } = options;
  const loaded = await loadDataset(name, { ...options, minRating, core });
  const { data, meta } = loaded;
  const attributes = itemAttributes(loaded);
  return { data, content: contentOf(loaded, attributes, options), meta, attributes, groups: undefined };
}

function contentOf(
  loaded: LoadedDataset,
  attributes: ItemAttributes,
  { content, dimensions, seed, minItems, iterations, whiten }: CatalogueOptions,
): DenseMatrix {
  const options = { seed, minItems, iterations, whiten };
  const texts = loaded.data.itemNames.slice(1).map((item) => loaded.items.get(item)?.text);
  const written = texts.some((text) => text !== undefined);
  if (content === "text" && !written)
    throw new Error(
      `${loaded.meta.title} has no words about its items: choose content "attributes", or leave it out.`,
    );
  if (content === "attributes" || !written) return attributeContent(attributes, dimensions, options);
  return textContent(
    texts.map((text) => text ?? ""),
    dimensions,
    { ...options, minItems: minItems ?? 5 },
  );
}

function plant({ dimensions, seed, planted }: CatalogueOptions): LoadedCatalogue {
  const { data, content, group } = syntheticCatalogue({ ...planted, seed, dimensions });
  return {
    data,
    content: denseMatrix(data.items, dimensions, content),
    meta: {
      name: PLANTED_CATALOGUE,
      title: "Planted catalogue",
      source: `simulated, seed ${seed}`,
      licence: "none needed",
      citation: "Reprise, planted catalogue (lib/recsys/generative)",
    },
    attributes: undefined,
    groups: group,
  };
}
