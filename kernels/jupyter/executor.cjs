/** Runs cells: compiles a cell against the declarations of earlier ones, runs it, keeps its variables. */
const path = require("node:path");
const vm = require("node:vm");
const helpers = require("./async.cjs");
const { compileCell } = require("./compile.cjs");
const interrupts = require("./interrupt.cjs");
const { Modules } = require("./modules.cjs");
const positions = require("./positions.cjs");
const scopes = require("./scopes.cjs");
const { DiagnosticsError } = require("./traceback.cjs");

const turn = () => new Promise((resolve) => setImmediate(resolve));

class Executor {
  /**
   * @param root       the folder that cells run and import in
   * @param converter  tslab's TypeScript converter
   * @param metadata   tslab's reader of a cell's doc comment (`@module name`)
   */
  constructor(root, converter, metadata) {
    this.converter = converter;
    this.metadata = metadata;
    this.declarations = "";
    this.variables = {};
    this.modules = new Modules(root, scopes.watch);
    this.cell = null;
    this.fail = null;
  }

  /**
   * Runs a cell.
   * @param code   its text
   * @param count  its number, for stack frames
   * @returns `{ value }` of its last expression, undefined where it has none; boxed, since a promise is a value too
   * @throws what the cell throws, a DiagnosticsError, or Interrupted
   */
  async execute(code, count) {
    const failure = new Promise((_, reject) => {
      this.fail = reject;
    });
    failure.catch(() => {});
    const putEngineBack = scopes.mark();
    this.cell = interrupts.begin(count, putEngineBack);
    try {
      return await Promise.race([this.run(code, count), failure]);
    } catch (error) {
      putEngineBack();
      throw error;
    } finally {
      interrupts.end();
      this.cell = null;
      this.fail = null;
    }
  }

  async run(code, count) {
    const name = `Cell In[${count}]`;
    positions.register(name, { back: () => undefined, text: code });
    const meta = this.metadata(code);
    if (meta.module) {
      const diagnostics = this.converter.addModule(meta.module, code, meta);
      if (diagnostics.length > 0) throw new DiagnosticsError(diagnostics.map(inCell), name);
      return { value: undefined };
    }

    const converted = this.converter.convert(this.declarations, code);
    this.modules.update(converted.sideOutputs);
    if (converted.diagnostics.length > 0) throw new DiagnosticsError(converted.diagnostics, name);
    const keep = () => {
      this.declarations = converted.declOutput ?? "";
    };
    if (!converted.output) {
      keep();
      return { value: undefined };
    }
    return this.evaluate(converted, code, name, keep);
  }

  async evaluate({ output, lastExpressionVar }, text, name, keepDeclarations) {
    const { code, back, names } = compileCell(output);
    positions.register(name, { back, text });
    const cell = vm.runInThisContext(code, {
      filename: name,
      importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })({ ...helpers, __define });
    const { variables, modules } = this;
    try {
      await interrupts.step(this.cell, () => {
        interrupts.check();
        return cell(variables, modules.require);
      });
      await turn(); // a promise that was rejected meanwhile, and that nobody awaits, is reported now (see `reject`)
    } finally {
      // What a failed cell got done stays, as the epochs of a training that was interrupted.
      keepDeclarations();
      for (const missing of names.filter((n) => !(n in variables) && n !== lastExpressionVar))
        refuse(variables, missing, name);
    }
    if (!lastExpressionVar) return { value: undefined };
    const value = variables[lastExpressionVar];
    delete variables[lastExpressionVar];
    return { value };
  }

  /** Fails the running cell with an error from outside its own flow; false if no cell is running. */
  reject(error) {
    if (!this.fail) return false;
    this.fail(error);
    interrupts.interrupt(this.cell);
    return true;
  }

  /** Interrupts the running cell where it waits. */
  interrupt() {
    if (this.cell) interrupts.interrupt(this.cell);
  }

  inspect(code, position) {
    return this.converter.inspect(this.declarations, code, position);
  }

  complete(code, position) {
    return this.converter.complete(this.declarations, code, position);
  }

  close() {
    this.converter.close();
  }
}

/** A module cell's errors come under the name of its own file: to its author it is the cell. */
const inCell = (diagnostic) => ({ ...diagnostic, fileName: undefined });

/**
 * Defines what a cell imports, as a plain value: compiled code would define a getter, which no later cell could
 * overwrite. A plain record besides keeps loops over a cell's variables fast.
 */
function __define(variables, name, { get, value }) {
  if (name !== "__esModule") variables[name] = get ? get() : value;
}

/** A variable whose cell failed before it got a value: using it says so, assigning it is fine. */
function refuse(variables, name, cell) {
  Object.defineProperty(variables, name, {
    configurable: true,
    enumerable: true,
    get() {
      throw new ReferenceError(`${name} has no value: ${cell} failed before it was assigned.`);
    },
    set(value) {
      Object.defineProperty(variables, name, { configurable: true, enumerable: true, writable: true, value });
    },
  });
}

/** The converter for cells in `root`, from tslab as mended. */
function createExecutor(root) {
  const { createConverter } = require("tslab/dist/converter");
  const { getCodeMetadata } = require("tslab/dist/metadata");
  return new Executor(
    path.resolve(root),
    createConverter({ isJS: false, isBrowser: false }),
    getCodeMetadata,
  );
}

module.exports = { Executor, createExecutor };
