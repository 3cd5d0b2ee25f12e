/**
 * The project's TypeScript modules, compiled in memory and loaded on demand, and loaded anew when their source or that
 * of a module they import has changed.
 */
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");
const helpers = require("./async.cjs");
const { compileModule } = require("./compile.cjs");
const positions = require("./positions.cjs");

class Modules {
  /**
   * @param root       the folder that cells import from
   * @param onPackage  called after an installed package has been loaded
   */
  constructor(root, onPackage = () => {}) {
    this.root = root;
    this.onPackage = onPackage;
    this.sources = new Map(); // path of the emitted .js file -> code
    this.loaded = new Map(); // path -> module
    this.importers = new Map(); // path -> paths of the modules that required it
    this.require = this.requireFrom(path.join(root, "cell.js"), null);
  }

  /** Takes the compiler's output for changed files and forgets what was loaded of them and of all that import them. */
  update(outputs = []) {
    for (const { path: file, data } of outputs) {
      const { code, back } = compileModule(data);
      const source = file.replace(/\.js$/, ".ts");
      positions.register(source, { back });
      this.sources.set(file, { code, source });
      this.forget(file);
    }
  }

  forget(file) {
    const importers = this.importers.get(file) ?? [];
    this.loaded.delete(file);
    this.importers.delete(file);
    for (const importer of importers) this.forget(importer);
  }

  /** The compiled module that `id` names, seen from a folder; undefined if it names none. */
  resolve(folder, id) {
    if (!/^\.{0,2}\//.test(id) && id !== "." && id !== "..") return undefined;
    const base = path.resolve(folder, id);
    return [base, `${base}.js`, base.replace(/\.ts$/, ".js"), path.join(base, "index.js")].find((file) =>
      this.sources.has(file),
    );
  }

  requireFrom(filename, importer) {
    const native = Module.createRequire(filename);
    const require = (id) => {
      if (id === "tslib") return helpers;
      const file = this.resolve(path.dirname(filename), id);
      if (file !== undefined) return this.load(file, importer);
      const exported = native(id);
      this.onPackage(id);
      return exported;
    };
    return Object.assign(require, { resolve: native.resolve, cache: native.cache });
  }

  load(file, importer) {
    if (importer) this.importers.set(file, (this.importers.get(file) ?? new Set()).add(importer));
    const known = this.loaded.get(file);
    if (known) return known.exports;

    const { code, source } = this.sources.get(file);
    const mod = new Module(source, null);
    mod.filename = source;
    mod.paths = Module._nodeModulePaths(path.dirname(source));
    this.loaded.set(file, mod); // before it runs: modules may import each other
    try {
      const run = vm.runInThisContext(
        `(function (exports, require, module, __filename, __dirname) { ${code}\n})`,
        {
          filename: source,
          importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
        },
      );
      run.call(mod.exports, mod.exports, this.requireFrom(source, file), mod, source, path.dirname(source));
      mod.loaded = true;
    } catch (error) {
      this.loaded.delete(file);
      throw error;
    }
    return mod.exports;
  }
}

module.exports = { Modules };
