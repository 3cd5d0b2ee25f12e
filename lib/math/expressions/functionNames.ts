import type { Comparison, FunctionName } from "./expression";

/** The notation of answers: which command means what. */

/** Functions of one argument that are written without brackets as well. */
export const FUNCTIONS: ReadonlyMap<string, FunctionName> = new Map([
  ["sin", "sin"],
  ["cos", "cos"],
  ["tan", "tan"],
  ["tg", "tan"],
  ["cot", "cot"],
  ["ctg", "cot"],
  ["sec", "sec"],
  ["csc", "csc"],
  ["arcsin", "arcsin"],
  ["arccos", "arccos"],
  ["arctan", "arctan"],
  ["arctg", "arctan"],
  ["ln", "ln"],
  ["exp", "exp"],
  ["Gamma", "gamma"],
  ["gcd", "gcd"],
  ["lcm", "lcm"],
  ["max", "max"],
  ["min", "min"],
]);

/** What a function to the power of -1 is. */
export const INVERSES: ReadonlyMap<FunctionName, FunctionName> = new Map([
  ["sin", "arcsin"],
  ["cos", "arccos"],
  ["tan", "arctan"],
]);

export const BRACKET_FUNCTIONS: ReadonlyMap<string, { name: FunctionName; close: string }> = new Map([
  ["lfloor", { name: "floor", close: "rfloor" }],
  ["lceil", { name: "ceiling", close: "rceil" }],
  ["lvert", { name: "absolute", close: "rvert" }],
]);

export const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ["<", "<"],
  [">", ">"],
  ["lt", "<"],
  ["gt", ">"],
  ["le", "<="],
  ["leq", "<="],
  ["leqslant", "<="],
  ["leqq", "<="],
  ["ge", ">="],
  ["geq", ">="],
  ["geqslant", ">="],
  ["geqq", ">="],
  ["ne", "!="],
  ["neq", "!="],
]);

export const TIMES: ReadonlySet<string> = new Set(["*", "cdot", "times", "ast"]);
export const DIVIDED: ReadonlySet<string> = new Set(["/", ":", "div", "colon"]);
export const FRACTIONS: ReadonlySet<string> = new Set(["frac", "dfrac", "tfrac", "cfrac"]);
export const APPROXIMATELY: ReadonlySet<string> = new Set(["approx", "approxeq", "simeq", "doteq"]);

/** Greek letters and the like: symbols with a name of their own. */
export const SYMBOLS: ReadonlySet<string> = new Set(
  (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau " +
    "upsilon phi varphi chi psi omega Delta Theta Lambda Xi Sigma Phi Psi Omega ell angle triangle prime"
  ).split(" "),
);
