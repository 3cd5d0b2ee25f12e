/** From the compiler's output (ES modules, native async) to what the kernel runs, with the way back to the source's lines. */
const ts = require("@tslab/typescript-for-tslab");
const fs = require("node:fs");
const { SourceMap } = require("node:module");
const path = require("node:path");
const { Cache, keyOf } = require("./cache.cjs");

const mapComment =
  /\n?\/\/# sourceMappingURL=data:application\/json;(?:charset=utf-8;)?base64,([\w+/=]+)\s*$/;

/**
 * Async functions become generators that the kernel's `__awaiter` drives, so that an interrupt can reach them at
 * every `await` (async.cjs). All else stays native: private fields, classes, iteration. But for a `catch` without a name: in an async function this
 * compiler breaks down on one that an earlier step has not named.
 */
const asyncToGenerators = [ts.transformES2019, ts.transformES2018, ts.transformES2017];

/** What compiled code calls besides its own: see async.cjs; `__define` is the executor's. */
const helperNames = [
  "__awaiter, __await, __asyncGenerator, __asyncDelegator, __asyncValues, __rest",
  "__importStar, __importDefault, __createBinding, __exportStar, __decorate, __param, __define",
].join(", ");

/** Splits off an inline source map: the code, and the way from a position in it to one in its source (both from 0). */
function splitMap(js) {
  const found = mapComment.exec(js);
  if (!found) return { code: js, back: (position) => position };
  let map; // read when an error needs it
  const back = ({ line, column }) => {
    map ??= new SourceMap(JSON.parse(Buffer.from(found[1], "base64").toString("utf8")));
    const entry = map.findEntry(line, column);
    return entry.originalLine === undefined
      ? undefined
      : { line: entry.originalLine, column: entry.originalColumn };
  };
  return { code: js.slice(0, found.index), back };
}

function transpile(text, options, transformers, fileName = "emitted.js") {
  const out = ts.transpileModule(text, {
    fileName,
    transformers,
    compilerOptions: {
      esModuleInterop: true,
      target: ts.ScriptTarget.ES2022,
      newLine: ts.NewLineKind.LineFeed,
      noImplicitUseStrict: true,
      inlineSourceMap: true,
      noEmitHelpers: true,
      ...options,
    },
  });
  return out.outputText;
}

/**
 * Lowered `for await` closes its iterator when the loop is left early. This compiler's doesn't: it marks each round as
 * done in a `finally`, which runs on `break` as well. The mark moves to the loop's header, as later versions have it;
 * no line changes its number.
 */
function closeIterators(code) {
  const marks = new Set();
  const headed = code.replace(
    /!(\w+);\) \{\n(\s*\w+ = \w+\.value;\n\s*(\w+) = false;\n\s*try \{)/g,
    (_, done, rest, mark) => {
      marks.add(mark);
      return `!${done}; ${mark} = true) {\n${rest}`;
    },
  );
  if (marks.size === 0) return code;
  return headed.replace(/(finally \{\n\s*)(\w+) = true;(\n\s*\})/g, (text, start, name, end) =>
    marks.has(name) ? `${start}${end}` : text,
  );
}

/** Takes a position back through several steps; undefined where the code has no source. */
const chain =
  (...steps) =>
  (position) =>
    steps.reduce((at, step) => at && step(at), position);

/** Whether code awaits outside of any function: `await` or `for await`. */
function awaits(node) {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, awaits) ?? false;
}

const compiled = new Cache("compiled");

/** This file's own text: what it compiles depends on it. */
let ownText;
const itself = () => {
  ownText ??= fs.readFileSync(__filename, "utf8");
  return ownText;
};

const up = ({ line, column }) => (line > 0 ? { line: line - 1, column } : undefined);

/**
 * A library module as an expression for a function `(helpers) => (exports, require, module, __filename, __dirname) => void`.
 * @param text  its TypeScript source
 * @param file  its name, whose extension tells the language
 * @param cache where to look for what an earlier kernel compiled
 * @returns the code, and `back` from a position in it to one in the source, lines and columns from 0
 */
function compileModule(text, file = "module.ts", cache = compiled) {
  const key = keyOf(ts.version, itself(), path.extname(file), text);
  let output = cache.get(key);
  if (output === undefined) {
    output = transpile(
      text,
      { module: ts.ModuleKind.CommonJS, experimentalDecorators: true, jsx: ts.JsxEmit.React },
      { after: asyncToGenerators },
      file,
    );
    cache.set(key, output);
  }
  const { code, back } = splitMap(output);
  const open = `({ ${helperNames} }) => (function (exports, require, module, __filename, __dirname) {`;
  return { code: `${open}\n${closeIterators(code)}\n})`, back: chain(up, back) };
}

/** `exports.a = exports.b = void 0;`: how compiled modules declare what they export. */
const forwardDeclarations = /^(?:exports\.[^\s.=]+ = )+void 0;$/gm;

/**
 * A cell: an expression for a function `(helpers) => (exports, require) => result`; the result is a promise if the cell awaits.
 * The step to CommonJS comes first, since a function cannot hold import statements; the function then makes `await` legal.
 * @returns the code, `back`, and the `names` that the cell declares; a name keeps its earlier value until the cell assigns it
 */
function compileCell(emitted) {
  const first = splitMap(emitted);
  const second = splitMap(transpile(first.code, { module: ts.ModuleKind.CommonJS }));
  const names = [];
  const declared = second.code.replace(forwardDeclarations, (line) => {
    names.push(...Array.from(line.matchAll(/exports\.([^\s.=]+) =/g), ([, name]) => name));
    return "";
  });
  const body = declared.replace(/^Object\.defineProperty\(exports, /gm, "__define(exports, ");
  const hasAwait = awaits(ts.createSourceFile("cell.js", first.code, ts.ScriptTarget.ES2022));
  const wrapped = `(${hasAwait ? "async " : ""}function (exports, require) {\n${body}\n})`;
  const third = splitMap(transpile(wrapped, { module: ts.ModuleKind.None }, { before: asyncToGenerators }));
  // A new first line would shift the map: the outer function shares the line of the inner one, before any code of the cell.
  const code = `({ ${helperNames} }) => ${closeIterators(third.code).trim().replace(/;$/, "")}`;
  // Two lines precede the cell's own: the function's, and the compiler's mark that the cell is a module.
  return { code, names, back: chain(third.back, up, second.back, first.back, up) };
}

module.exports = { compileModule, compileCell };
