/** Words that stand behind a number and do not change it. */

const ENGLISH = (
  "centimeter centimetre millimeter millimetre kilometer kilometre meter metre inch inches foot feet yard mile gram kilogram pound liter litre " +
  "second minute hour day week month year degree unit point way solution person people student child children man men woman women coin apple " +
  "dollar cent square cubic term digit pair set element number triangle edge vertex vertices side time integer root value case sequence " +
  "cm mm km m kg g s h min hr ft in mph th st nd rd deg rad sq cu yr"
).split(" ");

/** Chinese counters and units. */
const CHINESE =
  "平方厘米 立方厘米 平方米 立方米 平方单位 立方单位 平方公里 厘米 毫米 千米 公里 米 千克 公斤 克 吨 升 毫升 秒 分钟 小时 天 周 月 年 元 角 分 岁 度 个 种 次 人 条 组 对 块 张 只 位 名 项 根 道 页 本 层 倍 步 场 枚 颗 支 辆 件 双 单位".split(
    " ",
  );

const words = `(?:${[...ENGLISH].sort((a, b) => b.length - a.length).join("|")})(?:e?s)?`;
const counters = `(?:${[...CHINESE].sort((a, b) => b.length - a.length).join("|")})`;
const power = String.raw`(?:\s*\^\s*\{?\s*[23]\s*\}?)?`;
const phrase = String.raw`(?:${words}|${counters}+)(?:[\s.\/]+(?:${words}|${counters}+))*[\s.]*`;

const UNIT_TEXT = new RegExp(String.raw`^\s*${phrase}$`, "i");
const TRAILING_WORDS = new RegExp(
  String.raw`([\d}\)\s%])\s*(?:(?<=[\d}\)\s%])(?:${words})(?:\s+|(?=$)))+${power}\s*$`,
  "i",
);
const TRAILING_COUNTERS = new RegExp(String.raw`([\d}\)\s])\s*${counters}+\s*$`);
const TEXT_AT_END = /\\(?:text|mbox)\s*\{([^{}]*)\}(?:\s*\^\s*(?:\{\s*[23]\s*\}|[23]))?\s*$/;

/** Whether these words are units and counters only. */
export function isUnit(text: string): boolean {
  return UNIT_TEXT.test(text);
}

/** The text without the unit at its end: `10\text{ cm}^2`, `10 meters`, `8个`. Something stays in front. */
export function withoutUnit(text: string): string {
  const marked = TEXT_AT_END.exec(text);
  if (marked && marked.index > 0 && isUnit(marked[1])) {
    const before = text.slice(0, marked.index).trimEnd();
    return before.endsWith("^") || before.endsWith("^{") ? text : before;
  }
  const plain = TRAILING_WORDS.exec(text) ?? TRAILING_COUNTERS.exec(text);
  // A lone letter behind a number may be a variable: 5m is five metres only where a space parts them.
  if (!plain || (plain.index === 0 && plain[1].trim() === "")) return text;
  const unit = text.slice(plain.index + plain[1].length).trim();
  if (/^[a-z]$/i.test(unit) && !/\s/.test(text.slice(plain.index, plain.index + 2))) return text;
  return text.slice(0, plain.index + plain[1].length).trimEnd();
}
