import { createRandom, type Random } from "../../data/random";
import type { RelevanceRow } from "../../data/relevanceRows";

/** Things that a document can tell of, each in a sentence; the query asks for one of them. */
const FACTS = [
  {
    query: (thing: string) => `what colour is ${thing}`,
    values: ["red", "blue", "green", "white", "black", "yellow"],
    tell: (v: string) => `It is ${v}, and the paint is new.`,
  },
  {
    query: (thing: string) => `how old is ${thing}`,
    values: ["ten", "twenty", "thirty", "forty", "fifty", "sixty"],
    tell: (v: string) => `It is ${v} years old.`,
  },
  {
    query: (thing: string) => `what does ${thing} cost`,
    values: ["nine", "eleven", "fifteen", "eighty", "ninety", "seventy"],
    tell: (v: string) => `It costs ${v} hundred dollars.`,
  },
  {
    query: (thing: string) => `who built ${thing}`,
    values: ["Marta", "Oskar", "Ines", "Pavel", "Ruth", "Tomas"],
    tell: (v: string) => `It was built by ${v} with two friends.`,
  },
  {
    query: (thing: string) => `in which town is ${thing}`,
    values: ["Porto", "Bergen", "Lyon", "Turku", "Gdansk", "Cork"],
    tell: (v: string) => `It stands in the town of ${v}, not far from the river.`,
  },
] as const;
const OWNERS = ["Anna", "Ben", "Clara", "David", "Elena", "Felix", "Greta", "Hugo"];
const THINGS = ["boat", "house", "piano", "bicycle", "tractor", "clock", "bridge", "telescope"];

/**
 * Documents of which it is known what they tell: a thing, and facts about it. The document that answers tells the fact that is asked for; near ones tell other facts of the
 * same thing, the others the fact of another thing.
 * @param count  at most 64, one a thing
 */
export function factRows(count: number, seed: number): RelevanceRow[] {
  const random = createRandom(seed);
  const names = OWNERS.flatMap((owner) => THINGS.map((thing) => `the ${thing} of ${owner}`));
  if (count > names.length)
    throw new RangeError(`There are ${names.length} things to ask about, not ${count}.`);
  const order = random.shuffle(Int32Array.from(names, (_, i) => i));
  return Array.from({ length: count }, (_, row) => {
    const [name, other] = [names[order[row]], names[order[(row + 1) % names.length]]];
    const [asked, first, second, third] = random.shuffle(Int32Array.from(FACTS, (_, i) => i));
    return {
      query: FACTS[asked].query(name),
      positive: document(random, name, [first, asked]),
      hardNegatives: [document(random, name, [first, second]), document(random, name, [third, second])],
      randomNegatives: [document(random, other, [first, asked]), document(random, other, [second, third])],
    };
  });
}

/** Two facts of a thing, the second one of interest. */
function document(random: Random, name: string, facts: readonly number[]): string {
  const sentences = facts.map((fact) => {
    const { values, tell } = FACTS[fact];
    return tell(values[random.integer(values.length)]);
  });
  return [`This is ${name}.`, ...sentences].join(" ");
}
