/** What a Jupyter client shows of an error: name, message, and the lines of the cells and of the project that led to it. */
const fs = require("node:fs");
const path = require("node:path");
const { inspect } = require("node:util");
const { callSites } = require("./async.cjs");
const positions = require("./positions.cjs");

const paint = (code) => (text) => `\u001b[${code}m${text}\u001b[0m`;
const red = paint("1;31");
const green = paint("32");
const blue = paint("34");

const contextLines = 2;
const mostFrames = 20;
const mostDiagnostics = 10;
const mostCauses = 5;

/** Type or syntax errors that the compiler found in a cell or in what it imports. */
class DiagnosticsError extends Error {
  /** @param diagnostics the converter's: `start` and `end` (from 0), `messageText`, `code`, `fileName` if not the cell */
  constructor(diagnostics, cell) {
    const [first] = diagnostics;
    super(`${first.messageText.split("\n")[0]} (TS${first.code})`);
    // The compiler numbers what it cannot parse below 2000.
    this.name = diagnostics.every((d) => d.code < 2000) ? "SyntaxError" : "TypeScriptError";
    this.diagnostics = diagnostics;
    this.cell = cell;
  }
}

/** The lines around one, with an arrow at it and a caret, or a tilde line, under the columns. Numbers are from 1. */
function excerpt(text, line, column, length = 1) {
  const lines = text.split("\n");
  const first = Math.max(1, line - contextLines);
  const last = Math.min(lines.length, line + contextLines);
  const out = [];
  for (let n = first; n <= last; n++) {
    const number = String(n).padStart(5);
    const body = lines[n - 1].replaceAll("\t", " ");
    out.push(n === line ? `${green(`->${number.slice(2)}`)} | ${body}` : `${number} | ${body}`);
    if (n === line) {
      const room = Math.max(1, lines[n - 1].length - column + 1);
      out.push(`      | ${" ".repeat(column - 1)}${red("^".repeat(Math.max(1, Math.min(length, room))))}`);
    }
  }
  return out;
}

const framePattern = /^\s+at (?:(.*?) \()?((?:Cell In\[\d+\]|\/|[A-Za-z]:\\|file:).*?):(\d+):(\d+)\)?$/;
const kernelFolder = `${__dirname}${path.sep}`;

/**
 * The frames of a stack that lie in cells or in the project's own sources.
 *
 * An async function shows as two: its body, which has no name, and below the kernel's `__awaiter` the call that made it,
 * which has the name but only the line of the function's head. They become one.
 */
function frames(stack, root) {
  const found = [];
  let belowAwaiter = false;
  for (const text of stack.split("\n")) {
    const match = framePattern.exec(text);
    if (!match) continue;
    const file = match[2];
    const name = readableName(match[1] ?? "");
    if (file.startsWith(kernelFolder) && file.endsWith(".cjs")) {
      belowAwaiter = name === "__awaiter";
      continue;
    }
    const relative = path.relative(root, file);
    const inCell = positions.cellText(file) !== undefined;
    const ours = !relative.startsWith("..") && !relative.split(path.sep).includes("node_modules");
    if (belowAwaiter) {
      if (found.length === 0) found.push({ name, isHead: true });
      else nameBody(found.at(-1), name);
    } else if ((inCell || ours) && match[3] !== "0") {
      found.push({ file: inCell ? file : relative, inCell, name, line: +match[3], column: +match[4] });
    }
    belowAwaiter = false;
  }
  return found;
}

/** Gives an async function's body its name, once: a body of an unnamed function stays unnamed. */
function nameBody(frame, name) {
  if (frame.name === "" && !frame.hasHead) frame.name = name;
  frame.hasHead = true;
}

/** A function's name as it was written; empty for the cell itself and for functions without one. */
function readableName(name) {
  const plain = name
    .replace(/ \[as .*\]$/, "")
    .replace(/^(async |new |Generator\.|Object\.|Module\.|exports\.)+/, "");
  return /<anonymous>|_onTimeout|_onImmediate|^next$/.test(plain) ? "" : plain;
}

/** The frames of an error and of the calls of the async functions that it passed through, innermost first. */
function allFrames(error, root) {
  const all = [];
  for (const { stack } of [error, ...(callSites.get(error) ?? [])]) {
    for (const frame of typeof stack === "string" ? frames(stack, root) : []) {
      const place = (f) => `${f.file}:${f.line}:${f.column}`;
      if (frame.isHead) {
        if (all.length > 0) nameBody(all.at(-1), frame.name);
      } else if (!all.some((known) => place(known) === place(frame))) {
        all.push(frame);
      }
    }
  }
  return all.slice(0, mostFrames);
}

function renderFrames(error, root) {
  return allFrames(error, root).flatMap(({ file, inCell, name, line, column }) => [
    "",
    `${blue(`${file}, line ${line}`)}${name ? `, in ${name}` : ""}`,
    ...(inCell ? excerpt(positions.cellText(file), line, column) : []),
  ]);
}

function renderDiagnostics(error, root) {
  const out = [];
  for (const d of error.diagnostics.slice(0, mostDiagnostics)) {
    const line = d.start.line + 1;
    const length = d.end.line === d.start.line ? d.end.character - d.start.character : 1;
    let text = positions.cellText(error.cell);
    if (d.fileName) {
      try {
        text = fs.readFileSync(path.join(root, d.fileName), "utf8");
      } catch {
        text = "";
      }
    }
    out.push("", blue(`${d.fileName ?? error.cell}, line ${line}`));
    if (line <= text.split("\n").length) out.push(...excerpt(text, line, d.start.character + 1, length));
    const message = `${d.messageText} (TS${d.code})`;
    if (message !== error.message || error.diagnostics.length > 1) out.push(...message.split("\n"));
  }
  const more = error.diagnostics.length - mostDiagnostics;
  if (more > 0) out.push("", `… and ${more} more`);
  return out;
}

/** A thrown value's name and message; values that are no errors are shown as they are. */
function nameAndMessage(thrown) {
  if (thrown instanceof Error || (typeof thrown?.message === "string" && typeof thrown?.stack === "string")) {
    return { ename: String(thrown.name || "Error"), evalue: String(thrown.message) };
  }
  return { ename: "Thrown", evalue: typeof thrown === "string" ? thrown : inspect(thrown, { depth: 2 }) };
}

/**
 * The content of a Jupyter `error` message.
 * @param thrown  what was thrown, an Error or not
 * @param root    the project's folder: frames outside it, in packages and in the kernel are left out
 */
function describeError(thrown, root) {
  const { ename, evalue } = nameAndMessage(thrown);
  const traceback = [`${red(ename)}: ${evalue}`];
  let error = thrown;
  for (let depth = 0; error !== null && typeof error === "object" && depth < mostCauses; depth++) {
    if (depth > 0) {
      const cause = nameAndMessage(error);
      traceback.push("", `Caused by ${red(cause.ename)}: ${cause.evalue}`);
    }
    if (error instanceof DiagnosticsError) traceback.push(...renderDiagnostics(error, root));
    else traceback.push(...renderFrames(error, root));
    for (const part of Array.isArray(error.errors) && error instanceof AggregateError ? error.errors : []) {
      const { ename: name, evalue: message } = nameAndMessage(part);
      traceback.push("", `- ${red(name)}: ${message}`, ...renderFrames(part ?? {}, root));
    }
    error = error.cause;
  }
  return { ename, evalue, traceback };
}

module.exports = { describeError, DiagnosticsError };
