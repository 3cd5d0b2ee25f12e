/** Answers in Unicode, as LaTeX. @see OlymMATH, checker, N1 */

const FRACTIONS: Record<string, string> = {
  "½": "1/2",
  "⅓": "1/3",
  "⅔": "2/3",
  "¼": "1/4",
  "¾": "3/4",
  "⅕": "1/5",
  "⅖": "2/5",
  "⅗": "3/5",
  "⅘": "4/5",
  "⅙": "1/6",
  "⅚": "5/6",
  "⅛": "1/8",
  "⅜": "3/8",
  "⅝": "5/8",
  "⅞": "7/8",
};

/** What Math-Verify reads too. */
const SHARED: Record<string, string> = {
  "−": "-",
  "–": "-",
  "÷": "\\div ",
  "×": "\\times ",
  "·": "\\cdot ",
  π: "\\pi ",
};

const MORE: Record<string, string> = {
  "°": "^\\circ ",
  "—": "-",
  "﹣": "-",
  "∕": "/",
  "⁄": "/",
  "∙": "\\cdot ",
  "⋅": "\\cdot ",
  "•": "\\cdot ",
  "∗": "*",
  "∞": "\\infty ",
  "≤": "\\le ",
  "≥": "\\ge ",
  "⩽": "\\le ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∈": "\\in ",
  "∅": "\\emptyset ",
  "∠": "\\angle ",
  "√": "\\sqrt ",
  "∛": "\\sqrt[3]",
  "∜": "\\sqrt[4]",
  "±": "\\pm ",
  ℝ: "\\mathbb{R}",
  θ: "\\theta ",
  α: "\\alpha ",
  β: "\\beta ",
  γ: "\\gamma ",
  λ: "\\lambda ",
  φ: "\\varphi ",
  "。": ".",
  "、": ",",
  "∶": ":",
  "′": "'",
  "\u200b": "",
  "\ufeff": "",
  "【": "[",
  "】": "]",
  "〔": "(",
  "〕": ")",
  "“": "",
  "”": "",
};

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const PLAIN = /^[\x20-\x7e]*$/;

/** Only what Math-Verify reads. */
export function sharedUnicode(text: string): string {
  return PLAIN.test(text) ? text : replaceCharacters(text, SHARED);
}

export function fromUnicode(text: string): string {
  if (PLAIN.test(text)) return text;
  let result = "";
  for (const character of text) {
    const fraction = FRACTIONS[character];
    const [above, below] = fraction ? fraction.split("/") : [];
    const raised = SUPERSCRIPTS.indexOf(character);
    const lowered = SUBSCRIPTS.indexOf(character);
    if (fraction) result += `\\frac{${above}}{${below}}`;
    else if (raised >= 0)
      result += result.endsWith("}") && /\^\{\d+\}$/.test(result) ? `\b${raised}}` : `^{${raised}}`;
    else if (lowered >= 0) result += `_{${lowered}}`;
    else result += character;
  }
  // Digits of one exponent stand in one group.
  result = result.replaceAll("}\b", "");
  return replaceCharacters(result.normalize("NFKC"), { ...SHARED, ...MORE });
}

function replaceCharacters(text: string, table: Readonly<Record<string, string>>): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => table[character] ?? character);
}
