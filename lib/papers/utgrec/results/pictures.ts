import type { Annotation, Data } from "plotly.js-dist-min";
import { compose, type Figure, type FigureOptions } from "../../../figures";
import { wrap } from "../../../figures/figure";
import { fontSize, ink, mutedInk, size } from "../../../figures/theme";
import { CHANNELS, PATCHES, SIDE } from "../world/worldImages";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Where there is no image. */
const NO_IMAGE: Colour = [236, 236, 236];

/**
 * The colours of an image's patches. Channels become three numbers by the first three vectors of the discrete cosine transform, which are at right angles to
 * each other, and these colours by the logistic function, so that none is cut off. The same channels have the same colour in every picture.
 * @param image [16, 8] patches of 8 channels
 * @returns [16]
 */
export function patchColours(image: ArrayLike<number>): Colour[] {
  if (image.length !== PATCHES * CHANNELS)
    throw new Error(
      `patchColours: an image has ${PATCHES} patches of ${CHANNELS} channels, not ${image.length} numbers.`,
    );
  return Array.from({ length: PATCHES }, (_, patch) => {
    const [red, green, blue] = [1, 2, 3].map((frequency) => {
      let sum = 0;
      for (let channel = 0; channel < CHANNELS; channel++)
        sum +=
          image[patch * CHANNELS + channel] * Math.cos((Math.PI * (channel + 0.5) * frequency) / CHANNELS);
      return Math.round(255 / (1 + Math.exp(-Math.sqrt(2 / CHANNELS) * sum)));
    });
    return [red, green, blue] as const;
  });
}

/** An item to be looked at. */
export interface Picture {
  /** One or more images side by side, such as the original and what the codes make of it; undefined where the item has none. */
  readonly images: readonly (ArrayLike<number> | undefined)[];
  /** What stands under them, in bold. */
  readonly title: string;
  /** And then in grey; what is beyond six lines in all is left out. */
  readonly text?: string;
}

export interface PicturesOptions extends FigureOptions {
  /** Pictures of a row. Default 6. */
  readonly columns?: number;
}

/** Rows of pieces; null where the paper shows. */
type Raster = (Colour | null)[][];

/** White space, in patches: between pictures, and between the images of one. */
const GAPS = { pictures: 1, images: 0.25 } as const;
/** Pieces of the raster along a patch: every gap is a whole number of them. */
const PIECES_A_PATCH = 4;
const MARGIN = { left: 20, right: 20, bottom: 16 } as const;
const LINE = fontSize.annotation * 1.3; // pixels
const MOST_LINES = 6; // of words under a picture

/**
 * Items as a grid of pictures with words under them, all in one raster.
 * @throws Error where there is no picture, or pictures have different numbers of images
 */
export function picturesFigure(pictures: readonly Picture[], options: PicturesOptions = {}): Figure {
  const { columns = 6, width = size.width } = options;
  const parts = pictures[0]?.images.length ?? 0;
  if (parts === 0 || pictures.some(({ images }) => images.length !== parts))
    throw new Error("picturesFigure: give pictures, all with the same number of images, one or more.");
  const across = Math.min(columns, pictures.length);
  const down = Math.ceil(pictures.length / across);
  // All in pieces of the raster.
  const side = SIDE * PIECES_A_PATCH;
  const [stepPart, gap] = [side + GAPS.images * PIECES_A_PATCH, GAPS.pictures * PIECES_A_PATCH];
  const own = (parts - 1) * stepPart + side;
  const columnsOfRaster = across * (own + gap) - gap;
  const pixels = (width - MARGIN.left - MARGIN.right) / columnsOfRaster; // a piece's side
  const captions = pictures.map(({ title, text }) => caption(title, text, (own + gap / 2) * pixels));
  const longest = Math.max(...captions.map(({ length }) => length));
  const stepRow = side + Math.ceil(((longest + 0.75) * LINE) / pixels);
  const raster: Raster = Array.from({ length: down * stepRow }, () => new Array(columnsOfRaster).fill(null));

  const annotations = pictures.flatMap(({ images }, index) => {
    const [left, top] = [(index % across) * (own + gap), Math.floor(index / across) * stepRow];
    // Piece k reaches from k - 1/2 to k + 1/2.
    const middle = (part: number) => ({
      x: left + part * stepPart + side / 2 - 0.5,
      y: top + side / 2 - 0.5,
    });
    images.forEach((image, part) => {
      paint(raster, left + part * stepPart, top, image);
    });
    const under = { x: left + own / 2 - 0.5, y: top + side - 0.5, yanchor: "top", yshift: -2 } as const;
    return [
      { ...label(captions[index].join("<br>"), ink), ...under },
      ...images.flatMap((image, part) =>
        image === undefined ? [{ ...label("no image", mutedInk), ...middle(part) }] : [],
      ),
    ];
  });

  const { data, layout } = compose({
    data: [colouredRaster(raster)],
    options: { ...options, width },
    xaxis: { visible: false, fixedrange: true, range: [-0.5, columnsOfRaster - 0.5] },
    yaxis: { visible: false, fixedrange: true, range: [raster.length - 0.5, -0.5] },
    layout: { annotations },
  });
  const top = layout.margin?.t ?? 0;
  return {
    data,
    layout: {
      ...layout,
      height: options.height ?? top + raster.length * pixels + MARGIN.bottom,
      margin: { l: MARGIN.left, r: MARGIN.right, b: MARGIN.bottom, t: top, autoexpand: false },
    },
  };
}

/** A heatmap of the numbers of colours, whose scale is these colours. Unlike a trace of pixels it is also drawn without a browser. */
function colouredRaster(raster: Raster): Data {
  const numbers = new Map<string, number>(
    [`rgb(${NO_IMAGE.join()})`, "rgb(0,0,0)"].map((name, k) => [name, k]),
  );
  const z = raster.map((row) =>
    row.map((colour) => {
      if (colour === null) return null;
      const name = `rgb(${colour.join()})`;
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    }),
  );
  const last = numbers.size - 1; // 1 or more: a scale has two ends
  return {
    type: "heatmap",
    z,
    zmin: 0,
    zmax: last,
    colorscale: [...numbers].map(([name, number]): [number, string] => [number / last, name]),
    showscale: false,
    hoverinfo: "skip",
  };
}

/** Fills the square of an image whose top left piece is given. */
function paint(raster: Raster, left: number, top: number, image: ArrayLike<number> | undefined): void {
  const colours = image && patchColours(image);
  for (let y = 0; y < SIDE * PIECES_A_PATCH; y++) {
    for (let x = 0; x < SIDE * PIECES_A_PATCH; x++) {
      const patch = Math.floor(y / PIECES_A_PATCH) * SIDE + Math.floor(x / PIECES_A_PATCH);
      raster[top + y][left + x] = colours?.[patch] ?? NO_IMAGE;
    }
  }
}

function label(text: string, color: string): Partial<Annotation> {
  return { text, showarrow: false, xanchor: "center", font: { size: fontSize.annotation, color } };
}

/** The lines under a picture, none wider than the room there is. */
function caption(title: string, text: string | undefined, room: number): string[] {
  const lines = (words: string) => wrap(words, room, fontSize.annotation);
  const rest = text === undefined || text === "" ? [] : lines(text);
  return [
    ...lines(title).map((line) => `<b>${line}</b>`),
    ...rest.map((line) => `<span style="color:${mutedInk}">${line}</span>`),
  ].slice(0, MOST_LINES);
}
