import { describe, expect, it } from "vitest";
import { renderSvg } from "../../../figures/export";
import { CHANNELS, PATCHES } from "../world/worldImages";
import { patchColours, picturesFigure } from "./pictures";

const blank = () => new Float32Array(PATCHES * CHANNELS);
/** An image whose patch p has the value p / 16 in one channel. */
const ramp = (channel: number) =>
  blank().map((_, k) => (k % CHANNELS === channel ? Math.floor(k / CHANNELS) / 16 : 0));

interface Raster {
  readonly type: string;
  readonly z: (number | null)[][];
  readonly zmax: number;
  readonly colorscale: [number, string][];
}

/** The colour of a piece of a figure's raster; undefined where the paper shows. */
function colourAt(
  figure: ReturnType<typeof picturesFigure>,
  row: number,
  column: number,
): string | undefined {
  const { z, zmax, colorscale } = figure.data[0] as unknown as Raster;
  const number = z[row][column];
  return number === null ? undefined : colorscale.find(([at]) => at === number / zmax)?.[1];
}

describe("the colours of patches", () => {
  it("are grey where all channels are 0, and whole numbers from 0 to 255", () => {
    expect(patchColours(blank())).toEqual(new Array(PATCHES).fill([128, 128, 128]));
    const extreme = patchColours(blank().map((_, k) => (k % 3 === 0 ? 900 : -900)));
    for (const value of extreme.flat()) {
      expect(Number.isInteger(value)).toBe(true);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(255);
    }
  });

  it("are the logistic function of three cosine transforms, each patch by itself", () => {
    const colours = patchColours(ramp(2));
    colours.forEach((colour, patch) => {
      const expected = [1, 2, 3].map((frequency) => {
        const x = 0.5 * (patch / 16) * Math.cos((Math.PI * 2.5 * frequency) / 8);
        return Math.round(255 / (1 + Math.exp(-x)));
      });
      expect(colour).toEqual(expected);
    });
  });

  it("see a change along each of the three vectors in one colour alone", () => {
    for (const frequency of [1, 2, 3]) {
      const wave = blank().map((_, k) => Math.cos((Math.PI * ((k % CHANNELS) + 0.5) * frequency) / CHANNELS));
      const [colour] = patchColours(wave);
      expect(colour.map((value) => value > 140)).toEqual([1, 2, 3].map((other) => other === frequency));
    }
  });

  it("refuse images of another size", () => {
    expect(() => patchColours(new Float32Array(12))).toThrow("16 patches of 8 channels, not 12 numbers");
  });
});

describe("a figure of pictures", () => {
  const picture = (channel: number, text?: string) => ({
    images: [ramp(channel)],
    title: `item ${channel}`,
    text,
  });

  it("is one raster: images of 4 by 4 patches, a patch between them, rows below each other", () => {
    const figure = picturesFigure([picture(0), picture(1), picture(2)], { columns: 2 });
    const { type, z } = figure.data[0] as unknown as Raster;
    expect([type, z[0].length]).toEqual(["heatmap", 2 * 16 + 4]);
    expect(new Set(z.map(({ length }) => length)).size).toBe(1);
    const rgb = (channel: number, patch: number) => `rgb(${patchColours(ramp(channel))[patch].join()})`;
    expect(colourAt(figure, 0, 0)).toBe(rgb(0, 0));
    expect(colourAt(figure, 15, 15)).toBe(rgb(0, 15));
    expect(colourAt(figure, 5, 9)).toBe(rgb(0, 6)); // second row of patches, third column
    expect(colourAt(figure, 0, 16)).toBeUndefined();
    expect(colourAt(figure, 15, 20 + 15)).toBe(rgb(1, 15));
    expect(colourAt(figure, z.length / 2 + 15, 15)).toBe(rgb(2, 15));
    expect(colourAt(figure, z.length / 2 + 15, 20 + 15)).toBeUndefined();
  });

  it("sets original and reconstruction side by side, and says where there is no image", () => {
    const pair = { images: [ramp(0), undefined], title: "guitar", text: "vintage" };
    const figure = picturesFigure([pair]);
    const { z } = figure.data[0] as unknown as Raster;
    expect(z[0].length).toBe(16 + 1 + 16);
    expect(colourAt(figure, 3, 16)).toBeUndefined();
    expect(colourAt(figure, 3, 17)).toBe("rgb(236,236,236)");
    const texts = figure.layout.annotations?.map(({ text }) => text);
    expect(texts).toHaveLength(2);
    expect(texts?.[0]).toMatch(/^<b>guitar<\/b><br><span .*vintage<\/span>$/);
    expect(texts?.[1]).toBe("no image");
  });

  it("makes room for the longest words, six lines at most", () => {
    const height = (text: string) => picturesFigure([picture(0, text), picture(1)]).layout.height ?? 0;
    expect(height("word ".repeat(60))).toBeGreaterThan(height("word") + 30);
    const long = picturesFigure([picture(0, "word ".repeat(500))]).layout.annotations?.[0].text ?? "";
    expect(long.split("<br>")).toHaveLength(6);
  });

  it("is the same each time, plain data that is drawn without a browser", () => {
    const make = () => picturesFigure([picture(0, "words"), picture(3)], { title: "Items" });
    expect(make()).toEqual(make());
    expect(JSON.parse(JSON.stringify(make()))).toEqual(make());
    const svg = renderSvg(make());
    expect(svg).toContain("data:image/png;base64");
    expect(svg).toContain("item 3");
  });

  it("refuses no pictures, and different numbers of images", () => {
    expect(() => picturesFigure([])).toThrow("give pictures");
    const two = { images: [ramp(0), ramp(1)], title: "two" };
    expect(() => picturesFigure([picture(0), two])).toThrow("the same number of images");
  });
});
