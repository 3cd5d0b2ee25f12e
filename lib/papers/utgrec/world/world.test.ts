import { describe, expect, it } from "vitest";
import { splitTargets } from "../../../recsys/split";
import { multiDomainWorld, WORLD_DEFAULTS, type World } from "./world";
import { CELLS, CLASSES, cellOf, STYLES, SUBS } from "./worldConcepts";
import { CHANNELS, PATCHES, quadrant } from "./worldImages";
import { TEXT_LENGTH } from "./worldText";
import { MOST_DOMAINS, wordLists } from "./worldWords";

const world = multiDomainWorld({ seed: 3 });
const [target] = world.domains.slice(-1);
/** Many events of one domain, to count in. */
const busy = multiDomainWorld({ seed: 5, sources: 1, users: 6000, items: 400 }).domains[0];

/** What |x - expected| is in standard errors of a share of `count` draws. */
function deviation(hits: number, count: number, chance: number): number {
  return Math.abs(hits / count - chance) / Math.sqrt((chance * (1 - chance)) / count);
}

describe("words", () => {
  it("are each there once, and in one list", () => {
    const { words, coarse, sub, style, noise, domain } = wordLists(MOST_DOMAINS);
    expect(new Set(words).size).toBe(words.length);
    expect(words.slice(0, 2)).toEqual(["", "<mask>"]);
    for (const word of words.slice(2)) expect(word).toMatch(/^[a-z]+$/);
    expect([coarse, sub, style, [noise], domain].map((lists) => [lists.length, lists[0].length])).toEqual([
      [8, 12],
      [32, 8],
      [3, 6],
      [1, 40],
      [MOST_DOMAINS, 10],
    ]);
    const listed = [coarse, sub, style, [noise], domain].flat().flatMap((list) => [...list]);
    expect(listed).toEqual(words.slice(2).map((_, k) => k + 2));
  });

  it("of concepts have ids that do not depend on the number of domains", () => {
    expect(wordLists(2).words).toEqual(wordLists(5).words.slice(0, wordLists(2).words.length));
  });
});

describe("a world", () => {
  it("has the sizes of its settings, and an id for every item", () => {
    expect(
      world.domains.map(({ name, role, data }) => [name, role, data.items, data.users, data.itemIds.length]),
    ).toEqual([
      ["harbour", "source", 200, 500, 3500],
      ["station", "source", 200, 500, 3500],
      ["castle", "source", 200, 500, 3500],
      ["bridge", "target", 200, 300, 1800],
    ]);
    for (const { data, text, images, hasImage, truth } of world.domains) {
      expect([text.length, images.length, hasImage.length]).toEqual([
        data.items * TEXT_LENGTH,
        data.items * PATCHES * CHANNELS,
        data.items,
      ]);
      expect([truth.coarse, truth.sub, truth.style, truth.hidden].map((each) => each.length)).toEqual(
        new Array(4).fill(data.items),
      );
    }
    expect(target.data.itemNames.slice(0, 3)).toEqual(["", "bridge 1", "bridge 2"]);
    expect(target.data.times).toBeUndefined();
  });

  it("is the same for a seed, bit by bit, and another for another seed", () => {
    const flat = ({ domains, partners, patterns }: World) => [
      partners,
      patterns.sub,
      ...domains.flatMap((each) => [each.data.itemIds, each.text, each.images, each.hasImage]),
    ];
    const small = { sources: 1, items: 160, users: 20, targetItems: 160, targetUsers: 20 };
    const [once, again, other] = [3, 3, 4].map((seed) => flat(multiDomainWorld({ ...small, seed })));
    once.forEach((values, k) => {
      expect(again[k]).toEqual(values);
      expect(other[k]).not.toEqual(values);
    });
  });

  it("keeps the items of a domain when there are other users, and its users when there are more", () => {
    const [fewer, more] = [20, 30].map((users) => multiDomainWorld({ users, targetUsers: users }));
    more.domains.forEach(({ data, text, images }, k) => {
      const own = fewer.domains[k];
      expect(text).toEqual(own.text);
      expect(images).toEqual(own.images);
      expect(data.itemIds.subarray(0, own.data.itemIds.length)).toEqual(own.data.itemIds);
    });
  });

  it("has five coarse concepts a domain; the target's are known from the sources, all but one", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      for (const unseenConcepts of [0, 1]) {
        const { domains } = multiDomainWorld({ seed, unseenConcepts, users: 1, targetUsers: 1 });
        const seen = new Set(domains.slice(0, -1).flatMap(({ truth }) => truth.concepts));
        for (const { truth } of domains) expect(new Set(truth.concepts).size).toBe(5);
        const { concepts, coarse } = domains[3].truth;
        expect(concepts.filter((a) => seen.has(a))).toHaveLength(5 - unseenConcepts);
        expect([...new Set(coarse)].sort()).toEqual(concepts);
      }
    }
  });

  it("refuses what makes no world", () => {
    expect(() => multiDomainWorld({ items: 0 })).toThrow("items must be a whole number >= 1; got 0");
    expect(() => multiDomainWorld({ sources: MOST_DOMAINS })).toThrow("words for 12 domains, not for 13");
    expect(() => multiDomainWorld({ concepts: 8 })).toThrow("cannot have 8 of 7 coarse concepts");
    expect(() => multiDomainWorld({ unseenConcepts: 2 })).toThrow("0 or 1; got 2");
    expect(() => multiDomainWorld({ stay: 0.8 })).toThrow("stay + partner must be a chance from 0 to 1");
    expect(() => multiDomainWorld({ items: 100 })).toThrow("take 160 items or more");
  });
});

describe("the content", () => {
  it("has three words of the coarse concept, three of the cell, two each of style, domain and noise, none twice", () => {
    const { coarse, sub, style, domain, noise } = world.lists;
    world.domains.forEach(({ data, text, truth }, number) => {
      for (let item = 1; item <= data.items; item++) {
        const words = text.subarray((item - 1) * TEXT_LENGTH, item * TEXT_LENGTH);
        expect(new Set(words).size).toBe(TEXT_LENGTH);
        const from = (list: Int32Array) => words.filter((word) => list.includes(word)).length;
        const lists = [
          coarse[truth.coarse[item - 1]],
          sub[cellOf(truth, item)],
          style[truth.style[item - 1]],
          domain[number],
          noise,
        ];
        expect(lists.map(from)).toEqual([3, 3, 2, 2, 2]);
      }
    });
  });

  it("shows the planted patterns: P_a everywhere, P_ab in its quadrant, P_c in one patch", () => {
    const { images, hasImage, truth } = multiDomainWorld({ seed: 3, imageNoise: 0 }).domains[0];
    for (let item = 1; item <= 200; item++) {
      const image = images.subarray((item - 1) * PATCHES * CHANNELS, item * PATCHES * CHANNELS);
      if (hasImage[item - 1] === 0) {
        expect(image.every((value) => value === 0)).toBe(true);
        continue;
      }
      const styled: number[] = [];
      for (let patch = 0; patch < PATCHES; patch++) {
        const value = (channel: number) => {
          const inQuadrant = quadrant(patch) === truth.sub[item - 1];
          return (
            image[patch * CHANNELS + channel] -
            world.patterns.coarse[truth.coarse[item - 1] * CHANNELS + channel] -
            (inQuadrant ? world.patterns.sub[cellOf(truth, item) * CHANNELS + channel] : 0)
          );
        };
        if (Math.abs(value(0)) < 1e-6) continue;
        styled.push(patch);
        for (let channel = 0; channel < CHANNELS; channel++)
          expect(value(channel)).toBeCloseTo(
            world.patterns.style[truth.style[item - 1] * CHANNELS + channel],
            5,
          );
      }
      expect(styled).toHaveLength(1);
    }
  });

  it("has quadrants of four patches", () => {
    expect(Array.from({ length: PATCHES }, (_, patch) => quadrant(patch))).toEqual([
      0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3,
    ]);
  });

  it("lacks an image for the share of items that is asked for", () => {
    const without = busy.hasImage.filter((has) => has === 0).length;
    expect(deviation(without, 400, WORLD_DEFAULTS.imageless)).toBeLessThan(4);
    const all = multiDomainWorld({ seed: 3, imageless: 0, users: 1, targetUsers: 1 }).domains[0];
    expect(all.hasImage.every((has) => has === 1)).toBe(true);
    // The images of the others do not depend on who has none.
    const kept = world.domains[0].hasImage.indexOf(1) * PATCHES * CHANNELS;
    expect(all.images[kept]).toBe(world.domains[0].images[kept]);
  });
});

/** For each item the nearest other one by words in common, or by the distance of the images. */
function nearestByContent(content: "text" | "images"): (item: number) => number {
  const { text, images, hasImage, data } = busy;
  const width = content === "text" ? TEXT_LENGTH : PATCHES * CHANNELS;
  const row = (values: Int32Array | Float32Array, item: number) =>
    Array.from(values.subarray((item - 1) * width, item * width));
  const likeness = (a: number, b: number) => {
    if (content === "text") {
      const words = new Set(row(text, a));
      return row(text, b).filter((word) => words.has(word)).length;
    }
    if (hasImage[b - 1] === 0) return -Infinity;
    const other = row(images, b);
    return -row(images, a).reduce((sum, value, k) => sum + (value - other[k]) ** 2, 0);
  };
  return (item) => {
    let [best, bestLikeness] = [0, -Infinity];
    for (let other = 1; other <= data.items; other++) {
      if (other === item) continue;
      const value = likeness(item, other);
      if (value > bestLikeness) [best, bestLikeness] = [other, value];
    }
    return best;
  };
}

describe("what content tells", () => {
  it.each(["text", "images"] as const)("%s: the concepts, and not the hidden class", (content) => {
    const nearest = nearestByContent(content);
    const { truth, hasImage } = busy;
    let [count, cell, style, hidden] = [0, 0, 0, 0];
    for (let item = 1; item <= 400; item++) {
      if (content === "images" && hasImage[item - 1] === 0) continue;
      const other = nearest(item);
      count++;
      cell += Number(cellOf(truth, item) === cellOf(truth, other));
      style += Number(truth.style[item - 1] === truth.style[other - 1]);
      hidden += Number(truth.hidden[item - 1] === truth.hidden[other - 1]);
    }
    expect(cell / count).toBeGreaterThan(content === "text" ? 0.6 : 0.95); // by chance 0.05
    // Two images show the style in the same patch once in 16 times: the words tell it sooner.
    if (content === "text") expect(style / count).toBeGreaterThan(1 / STYLES + 0.1);
    // By chance 4 of the 19 others of a cell of 20 have the item's class.
    expect(deviation(hidden, count, 4 / 19)).toBeLessThan(3.5);
  });

  it("hidden classes are spread evenly over the items of a cell", () => {
    const counts = new Int32Array(CELLS * CLASSES);
    busy.truth.hidden.forEach((z, k) => {
      counts[cellOf(busy.truth, k + 1) * CLASSES + z]++;
    });
    for (const cell of busy.truth.rule.cells)
      expect([...counts.subarray(cell * CLASSES, (cell + 1) * CLASSES)]).toEqual([5, 5, 5, 5]);
  });
});

describe("the walks", () => {
  const { data, truth } = busy;
  const { rule } = truth;

  /** [events] the event before of the same user; none of the first ones. */
  const steps = [...data.itemIds.keys()].filter((event) => data.offsets[data.eventUsers[event]] !== event);

  it("stay in the cell 0.6 of the time, go to its partner 0.25, anywhere 0.15", () => {
    let [stay, partner] = [0, 0];
    for (const event of steps) {
      const [from, to] = [event - 1, event].map((each) => cellOf(truth, data.itemIds[each]));
      if (from === to) stay++;
      else if (to === rule.partnerOf(from)) partner++;
    }
    const anywhere = 0.15 / 20; // some of these lead to the cell itself, and some to the partner
    expect(deviation(stay, steps.length, 0.6 + anywhere)).toBeLessThan(4);
    expect(deviation(partner, steps.length, 0.25 + anywhere)).toBeLessThan(4);
  });

  it("go to every cell as often as the rule says", () => {
    const counts = new Float64Array(CELLS * CELLS);
    const from = new Float64Array(CELLS);
    for (const event of steps) {
      const [a, b] = [event - 1, event].map((each) => cellOf(truth, data.itemIds[each]));
      counts[a * CELLS + b]++;
      from[a]++;
    }
    for (const cell of rule.cells) {
      const chances = rule.cellChances(cell);
      expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
      for (const to of rule.cells)
        expect(deviation(counts[cell * CELLS + to], from[cell], chances[to])).toBeLessThan(5);
    }
  });

  it("prefer the user's hidden class with chance 0.7, and never take an item twice in a row", () => {
    let same = 0;
    data.itemIds.forEach((item, event) => {
      same += Number(truth.hidden[item - 1] === truth.userClasses[data.eventUsers[event]]);
    });
    expect(deviation(same, data.itemIds.length, 0.7)).toBeLessThan(4);
    expect(steps.filter((event) => data.itemIds[event] === data.itemIds[event - 1])).toEqual([]);
  });

  it("choose by popularity: the first items of users have the planted chances", () => {
    const counts = new Float64Array(data.items + 1);
    for (let user = 0; user < data.users; user++) counts[data.itemIds[data.offsets[user]]]++;
    for (let item = 1; item <= data.items; item++) {
      let chance = 0;
      for (let z = 0; z < CLASSES; z++) chance += rule.choiceChance(item, z, 0) / CLASSES;
      expect(deviation(counts[item], data.users, chance / rule.cells.length)).toBeLessThan(5);
    }
    expect([...new Set(truth.popularity)].sort((a, b) => b - a).slice(0, 3)).toEqual([1, 1 / 2, 1 / 3]);
  });

  it("have one table of partners in all domains: in another coarse concept, or where a domain lacks it in the same", () => {
    let [first, second] = [0, 0];
    for (const domain of world.domains) {
      for (const cell of domain.truth.rule.cells) {
        const partner = domain.truth.rule.partnerOf(cell);
        const [wanted, instead] = world.partners.subarray(2 * cell, 2 * cell + 2);
        const has = domain.truth.concepts.includes(Math.floor(wanted / SUBS));
        expect(partner).toBe(has ? wanted : instead);
        expect(domain.truth.rule.cells).toContain(partner);
        expect(partner).not.toBe(cell);
        expect(Math.floor(wanted / SUBS)).not.toBe(Math.floor(cell / SUBS));
        expect(Math.floor(instead / SUBS)).toBe(Math.floor(cell / SUBS));
        if (has) first++;
        else second++;
      }
    }
    expect([first > 0, second > 0]).toEqual([true, true]);
  });

  it("have a training part, a validation and a test event of every user", () => {
    expect(splitTargets(target.data, "train")).toHaveLength(300 * 3);
    expect(splitTargets(target.data, "test")).toHaveLength(300);
  });
});
