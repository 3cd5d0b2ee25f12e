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

const extensions = [".ts", ".tsx", ".js"];

class Modules {
  /**
   * @param root       the folder that cells import from
   * @param onPackage  called after an installed package has been loaded
   */
  constructor(root, onPackage = () => {}) {
    this.root = root;
    this.onPackage = onPackage;
    this.sources = new Map(); // path -> TypeScript source
    this.loaded = new Map(); // path -> module
    this.importers = new Map(); // path -> paths of the modules that required it
    this.require = this.requireFrom(path.join(root, "cell.js"), null);
  }

  /** Takes the sources of new and changed files and forgets what was loaded of them and of all that import them. */
  update(changed = []) {
    for (const { path: file, data } of changed) {
      this.sources.set(file, data);
      this.forget(file);
    }
  }

  forget(file) {
    const importers = this.importers.get(file) ?? [];
    this.loaded.delete(file);
    this.importers.delete(file);
    for (const importer of importers) this.forget(importer);
  }

  /** The source file that `id` names, seen from a folder; undefined if it names none. */
  resolve(folder, id) {
    if (!/^\.{0,2}\//.test(id) && id !== "." && id !== "..") return undefined;
    const base = path.resolve(folder, id);
    const written = base.replace(/\.js$/, "");
    return [
      base,
      ...[written, path.join(base, "index")].flatMap((file) => extensions.map((e) => file + e)),
    ].find((file) => this.sources.has(file));
  }

  requireFrom(filename, importer) {
    const native = Module.createRequire(filename);
    const require = (id) => {
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

    const { code, back } = compileModule(this.sources.get(file), file);
    positions.register(file, { back });
    const mod = new Module(file, null);
    mod.filename = file;
    mod.paths = Module._nodeModulePaths(path.dirname(file));
    this.loaded.set(file, mod); // before it runs: modules may import each other
    try {
      const run = vm.runInThisContext(code, {
        filename: file,
        importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      })(helpers);
      run.call(mod.exports, mod.exports, this.requireFrom(file, file), mod, file, path.dirname(file));
      mod.loaded = true;
    } catch (error) {
      this.loaded.delete(file);
      throw error;
    }
    return mod.exports;
  }
}

module.exports = { Modules };
