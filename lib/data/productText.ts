/** What a shop says about a product. */
export interface Product {
  readonly title: string;
  readonly categories: readonly string[];
  readonly features: readonly string[];
  readonly description: readonly string[];
}

/** The names of the HTML entities that stand for one ASCII character. All others stand for characters that are removed. */
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", AMP: "&", LT: "<", GT: ">", QUOT: '"' },
  ...{ excl: "!", num: "#", dollar: "$", percnt: "%", lpar: "(", rpar: ")", ast: "*", midast: "*" },
  ...{ plus: "+", comma: ",", period: ".", sol: "/", colon: ":", semi: ";", equals: "=", quest: "?" },
  ...{ commat: "@", lsqb: "[", lbrack: "[", bsol: "\\", rsqb: "]", rbrack: "]", Hat: "^", lowbar: "_" },
  ...{ grave: "`", lcub: "{", lbrace: "{", verbar: "|", vert: "|", rcub: "}", rbrace: "}" },
  ...{ Tab: "\t", NewLine: "\n" },
};

/**
 * Title, categories, features and description as four sentences, those that are empty left out: HTML entities resolved, then tags and
 * characters outside ASCII replaced by a space.
 */
export function productText({ title, categories, features, description }: Product): string {
  return [title, categories.join(", "), features.join(" "), description.join(" ")]
    .map(plainText)
    .filter((part) => part !== "")
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`))
    .join(" ");
}

/** One line of ASCII, without markup. */
export function plainText(text: string): string {
  return resolveEntities(text)
    .replace(/<[/!]?[a-z][^<>]*>|<!--.*?-->/gis, " ")
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
}

function resolveEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,31}));/gi,
    (_, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name] ?? " ";
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code < 0x7f ? String.fromCharCode(code) : " ";
    },
  );
}
