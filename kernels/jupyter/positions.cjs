/** Stack frames in terms of the TypeScript that was written: cells and library sources instead of compiled code. */
const sources = new Map(); // file name of the compiled code -> { back, text? }

/**
 * @param file    the name that the compiled code was given
 * @param source  `back` from a position in the compiled code to one in the source (lines and columns from 0),
 *                and for a cell its `text`
 */
const register = (file, source) => sources.set(file, source);

/** The text of a cell, by its name in stack frames. */
const cellText = (file) => sources.get(file)?.text;

/** A stack frame as text, with the source's line and column where the frame is of compiled TypeScript. */
function describe(frame) {
  const text = frame.toString();
  const file = frame.getFileName();
  const source = sources.get(file);
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!source || line === null || column === null) return text;
  const at = source.back({ line: line - 1, column: column - 1 });
  // Code that the compiler added has no place in the source: line 0.
  return text.replace(
    `${file}:${line}:${column}`,
    at ? `${file}:${at.line + 1}:${at.column + 1}` : `${file}:0:0`,
  );
}

/** Makes `error.stack` name lines of the source, and long enough to reach from a library's depths to the cell. */
function install() {
  Error.stackTraceLimit = 60;
  Error.prepareStackTrace = (error, frames) => {
    let head = "Error";
    try {
      head = String(error);
    } catch {
      // an error whose own toString fails still has its frames
    }
    return [head, ...frames.map((frame) => `    at ${describe(frame)}`)].join("\n");
  };
}

module.exports = { register, cellText, install };
