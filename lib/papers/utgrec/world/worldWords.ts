/** The lists of words that item texts are drawn from. */

interface Theme {
  /** 12 words of the coarse concept. */
  readonly words: string;
  /** 8 words of each of its 4 sub-concepts; the first is its name. */
  readonly subs: readonly [string, string, string, string];
}

const THEMES: readonly Theme[] = [
  {
    words: "music melody rhythm tune concert harmony audio song acoustic orchestra chord tempo",
    subs: [
      "guitar fret pick capo strings tremolo pickup slide",
      "piano keys pedal sustain synthesizer organ keyboard hammer",
      "drums snare cymbal sticks tom kick hihat mallet",
      "studio microphone mixer monitor preamp headphones recorder interface",
    ],
  },
  {
    words: "photo picture exposure focus image shutter photographer snapshot aperture portrait zoom optical",
    subs: [
      "camera sensor viewfinder mirrorless reflex compact megapixel autofocus",
      "lens macro fisheye telephoto wideangle diaphragm prime bokeh",
      "tripod monopod gimbal ballhead clamp bracket swivel level",
      "flash softbox diffuser reflector strobe umbrella backdrop lamp",
    ],
  },
  {
    words: "kitchen recipe cook meal taste chef food dish flavour serve dinner ingredient",
    subs: [
      "baking oven cake dough whisk muffin flour rolling",
      "coffee espresso grinder brew filter roast mug crema",
      "knife blade chopping carving paring sharpener cleaver cutting",
      "pan skillet saucepan wok lid griddle simmer nonstick",
    ],
  },
  {
    words: "garden soil plant bloom yard grow green leaf season sunny root nature",
    subs: [
      "flower rose tulip petal bouquet bulb daisy lily",
      "vegetable tomato pepper carrot seedling lettuce cucumber harvest",
      "lawn mower grass edger turf rake trimmer sod",
      "watering hose sprinkler nozzle drip irrigation can valve",
    ],
  },
  {
    words: "game player fun family score rule turn win team match strategy party",
    subs: [
      "board dice token meeple tile pawn spinner expansion",
      "cards deck shuffle trump suit ace joker dealer",
      "console controller joystick arcade cartridge button handheld pixel",
      "puzzle jigsaw piece maze riddle brainteaser cube interlocking",
    ],
  },
  {
    words: "outdoor trail adventure mountain weather travel explore summit wild journey forest path",
    subs: [
      "tent camping pole canopy peg groundsheet shelter sleeping",
      "climbing rope harness carabiner chalk belay crag boulder",
      "cycling bike saddle chain helmet wheel tyre handlebar",
      "fishing rod reel bait hook lure tackle float",
    ],
  },
  {
    words: "art craft create colour handmade artist hobby creative sketch gallery design canvas",
    subs: [
      "paint brush acrylic watercolour palette easel pigment gouache",
      "drawing pencil charcoal eraser graphite pastel crayon sharp",
      "sewing needle thread fabric stitch thimble bobbin hem",
      "pottery clay glaze kiln earthenware ceramic vase sculpt",
    ],
  },
  {
    words: "office desk work business meeting document file professional organiser company paperwork manager",
    subs: [
      "pen ink fountain nib ballpoint gel refill calligraphy",
      "printer toner scanner inkjet laser duplex feeder copier",
      "computer laptop processor memory screen mouse motherboard disk",
      "paper notebook ruled envelope binder folder stapler sticky",
    ],
  },
];

/** 6 words of each style; the first is its name. Styles are the same under every concept. */
const STYLE_WORDS = [
  "vintage retro wooden antique rustic classic",
  "modern sleek steel minimal digital smart",
  "playful bright cartoon rainbow glitter neon",
];

const NOISE_WORDS =
  "new best great quality quick easy free gift pack set value deal original premium genuine improved popular favourite " +
  "perfect strong light large small medium extra super ideal useful simple reliable ready safe durable handy choice " +
  "bundle product item brand today";

/** The domains are shops: each has a name, and makers whose names begin with a stem of its own. */
const SHOPS = [
  { name: "harbour", stem: "vel" },
  { name: "station", stem: "kor" },
  { name: "castle", stem: "lum" },
  { name: "bridge", stem: "mar" },
  { name: "mill", stem: "tas" },
  { name: "abbey", stem: "bri" },
  { name: "quarry", stem: "fen" },
  { name: "tower", stem: "zor" },
  { name: "island", stem: "quin" },
  { name: "meadow", stem: "sal" },
  { name: "tunnel", stem: "dor" },
  { name: "lagoon", stem: "jas" },
];
const ENDINGS = ["ano", "eta", "ivo", "uma", "elle", "ari", "onic", "ix", "ura", "osa"];

/** Domains that there are words for. */
export const MOST_DOMAINS = SHOPS.length;

export function domainName(domain: number): string {
  return SHOPS[domain].name;
}

/** The special ids that come before the words. */
export const PADDING = 0;
export const MASK = 1;

/** Which ids of the vocabulary belong to what. */
export interface WordLists {
  /** Id 0 is "" (padding), 1 "<mask>"; then words, each once. */
  readonly words: readonly string[];
  /** [a] 12 ids each. */
  readonly coarse: readonly Int32Array[];
  /** [4 a + b] 8 ids each. */
  readonly sub: readonly Int32Array[];
  /** [c] 6 ids each. */
  readonly style: readonly Int32Array[];
  /** 40 ids. */
  readonly noise: Int32Array;
  /** [domain] 10 ids each, of words that no other domain has. */
  readonly domain: readonly Int32Array[];
}

/** The vocabulary of so many domains, and its lists. Concepts come first: their ids do not depend on how many domains there are. */
export function wordLists(domains: number): WordLists {
  const words = ["", "<mask>"];
  const list = (text: string) =>
    Int32Array.from(text.split(" "), (word) => {
      words.push(word);
      return words.length - 1;
    });
  return {
    words,
    coarse: THEMES.map((theme) => list(theme.words)),
    sub: THEMES.flatMap(({ subs }) => subs.map(list)),
    style: STYLE_WORDS.map(list),
    noise: list(NOISE_WORDS),
    domain: SHOPS.slice(0, domains).map(({ stem }) => list(ENDINGS.map((ending) => stem + ending).join(" "))),
  };
}

/** What people call a sub-concept, such as "music: guitar". */
export function conceptName(coarse: number, sub: number): string {
  const theme = THEMES[coarse];
  return `${theme.words.split(" ")[0]}: ${theme.subs[sub].split(" ")[0]}`;
}

/** What people call a style, such as "vintage". */
export function styleName(style: number): string {
  return STYLE_WORDS[style].split(" ")[0];
}
