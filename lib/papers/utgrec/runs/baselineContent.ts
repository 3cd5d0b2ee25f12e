import { type DenseMatrix, denseMatrix } from "../../../recsys/generative/matrix";
import { applyPca, fitPca } from "../../../recsys/generative/pca";
import type { ContentDomain } from "../../../recsys/transfer/domains";
import { jointTextContent, thinnedTexts } from "../../../recsys/transfer/jointContent";
import type { UtgRecConfig } from "../config";
import type { Domain, World } from "../world/world";
import { CONTENT_SIZES } from "./training";

/** The decomposition of the words begins from it; the same for every seed of a run. */
const CONTENT_SEED = 1;
/** Share of the words that UniSRec's second view of a text leaves out. */
const THINNED = 0.2;
const { textLength, patches, channels } = CONTENT_SIZES;

/**
 * What the baselines know of items, domain by domain: one vector of the words and one of the picture, each by one decomposition for all domains. It stands
 * for the frozen models of text and pictures that the baselines have in the paper.
 */
export function baselineContent(
  { words, domains }: World,
  { contentDimensions }: Pick<UtgRecConfig, "contentDimensions">,
): ContentDomain[] {
  const texts = domains.map((domain) => textsOf(domain, words));
  const thinned = texts.map((group, k) => thinnedTexts(group, THINNED, CONTENT_SEED + k));
  const options = { seed: CONTENT_SEED, whiten: false };
  const ofTexts = jointTextContent([...texts, ...thinned], contentDimensions, options);
  const ofImages = imageVectors(domains, contentDimensions);
  let first = 0;
  return domains.map(({ data, hasImage }, k) => {
    const image = rowsOf(ofImages, first, data.items);
    first += data.items;
    return { data, text: ofTexts[k], thinnedText: ofTexts[domains.length + k], image, hasImage };
  });
}

function textsOf({ text, data }: Domain, words: readonly string[]): string[] {
  return Array.from({ length: data.items }, (_, row) =>
    Array.from(text.subarray(row * textLength, (row + 1) * textLength), (id) => words[id]).join(" "),
  );
}

/** Principal components of the pictures that there are; 0 for an item without one. */
function imageVectors(domains: readonly Domain[], dimensions: number): DenseMatrix {
  const size = patches * channels;
  const images = Float32Array.from(domains.flatMap((domain) => Array.from(domain.images)));
  const shown = domains.flatMap(({ hasImage }) => Array.from(hasImage));
  const all = denseMatrix(shown.length, size, images);
  const pictured = shown.flatMap((has, row) => (has === 1 ? Array.from(rowsOf(all, row, 1).values) : []));
  const fitted = fitPca(denseMatrix(pictured.length / size, size, Float32Array.from(pictured)), dimensions);
  const { values } = applyPca(fitted, all);
  shown.forEach((has, row) => {
    if (has === 0) values.fill(0, row * dimensions, (row + 1) * dimensions);
  });
  return denseMatrix(shown.length, dimensions, values);
}

function rowsOf({ columns, values }: DenseMatrix, start: number, rows: number): DenseMatrix {
  return denseMatrix(rows, columns, values.slice(start * columns, (start + rows) * columns));
}
