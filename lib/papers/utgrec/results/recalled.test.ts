import { describe, expect, test } from "vitest";
import { multiDomainWorld } from "../world/world";
import { CHANNELS, PATCHES } from "../world/worldImages";
import { readableText, TEXT_LENGTH } from "../world/worldText";
import { exampleItems, itemsFigure, type Recalled, recalledFigure, recalledTable } from "./recalled";

const world = multiDomainWorld({ sources: 1, items: 160, users: 4, targetItems: 160, targetUsers: 4 });

/** What stands in a figure of pictures: the captions, and where there is no image. */
function captions(figure: ReturnType<typeof itemsFigure>): string[] {
  return (figure.layout.annotations ?? []).map(({ text }) => `${text}`.replace(/<[^>]*>/g, " ").trim());
}

describe("examples", () => {
  const { truth } = world.domains[0];
  /** Items 1 to 6: of concept 3 cells (3, 0), (3, 0), (3, 1), (3, 2); of concept 5 the cell (5, 1) twice. */
  const domain = (popularity: number[], hasImage = [1, 1, 1, 1, 1, 1]) => ({
    hasImage: Uint8Array.from(hasImage),
    truth: {
      ...truth,
      concepts: [5, 3],
      coarse: Int32Array.of(3, 3, 3, 3, 5, 5),
      sub: Int32Array.of(0, 0, 1, 2, 1, 1),
      popularity: Float64Array.from(popularity),
    },
  });

  test("are the most popular ones of each concept, one a sub-concept, concept by concept", () => {
    const popular = domain([0.5, 0.9, 0.7, 0.8, 0.1, 0.2]);
    expect(exampleItems(popular, 2)).toEqual([6, 2, 4]);
    expect(exampleItems(popular, 3)).toEqual([6, 2, 4, 3]);
    expect(exampleItems(popular, 1)).toEqual([6, 2]);
  });

  test("have a picture, though another is more popular; of equally popular ones the first is taken", () => {
    expect(exampleItems(domain([0.5, 0.9, 0.7, 0.8, 0.1, 0.2], [1, 0, 1, 0, 1, 0]), 3)).toEqual([5, 3, 1]);
    expect(exampleItems(domain([1, 1, 1, 1, 1, 1]), 3)).toEqual([5, 1, 3, 4]);
  });
});

test("items of a shop are shown with their own titles, and say so where they have no image", () => {
  const [shop] = world.domains;
  const [shown, blind] = [1, 0].map((has) => shop.hasImage.indexOf(has) + 1);
  expect(blind).toBeGreaterThan(0);
  const figure = itemsFigure(world, 0, [shown, blind]);
  const titles = [shown, blind].map(
    (item) =>
      readableText(world.lists, shop.text.subarray((item - 1) * TEXT_LENGTH, item * TEXT_LENGTH)).title,
  );
  const found = captions(figure);
  titles.forEach((title) => {
    const words = title.split(" ");
    expect(found.some((caption) => words.every((word) => caption.includes(word)))).toBe(true);
  });
  expect(found.filter((caption) => caption === "no image")).toHaveLength(1);
  expect(JSON.stringify(figure.layout.title)).toContain(`Items of the ${shop.name} shop (source)`);
});

describe("what codes remember", () => {
  const image = (value: number) => new Float32Array(PATCHES * CHANNELS).fill(value);
  const recalled: Recalled[] = [
    {
      ...{ item: 4, title: "a guitar", codes: [3, 12, 0], concept: "music: guitar", kin: ["string", "fret"] },
      words: ["fret", "lamp", "string"].map((word, k) => ({ word, probability: 0.5 - 0.1 * k })),
      ...{ image: undefined, drawn: image(0.5) },
    },
    {
      ...{ item: 9, title: "a lamp", codes: [1, 1, 1], concept: "home: light", kin: ["bulb"] },
      words: ["a1", "a2", "a3", "a4", "a5", "a6"].map((word) => ({ word, probability: 0.1 })),
      ...{ image: image(0.1), drawn: image(0.2) },
    },
  ];

  test("a table counts the words that are of the item's concept", () => {
    expect(recalledTable(recalled)).toEqual([
      {
        item: "a guitar",
        planted: "music: guitar",
        codes: "(3, 12, 0)",
        "likeliest words, by the codes": "fret lamp string",
        "of its concept": "2 of 3",
      },
      expect.objectContaining({ codes: "(1, 1, 1)", "of its concept": "0 of 6" }),
    ]);
  });

  test("a figure has the item's image beside the one drawn, its codes and the five likeliest words", () => {
    const figure = recalledFigure(recalled);
    const [guitar, missing, lamp, ...more] = captions(figure);
    expect(guitar).toMatch(/a guitar.*\(3,\u00a012,\u00a00\): *fret +lamp +string/);
    expect(missing).toBe("no image"); // of the item; one is drawn of its codes
    expect(lamp).toMatch(/a lamp.*a1 +a2 +a3 +a4 +a5$/);
    expect(more).toEqual([]);
  });
});
