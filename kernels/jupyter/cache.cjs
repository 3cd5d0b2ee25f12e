/**
 * What kernels have found out about sources, kept for the next kernel: which states of the library have passed the type
 * check, and what modules compile to. Both cost seconds at a notebook's first imports and depend on the sources alone.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/** A folder of small texts, each under the hash of all that it depends on; emptied when it grows too large. */
class Cache {
  constructor(name, { folder = path.join(__dirname, "build", name), most = 2000 } = {}) {
    this.folder = folder;
    this.most = most;
  }

  /** The text under a key; undefined if there is none. */
  get(key) {
    try {
      return fs.readFileSync(path.join(this.folder, key), "utf8");
    } catch {
      return undefined;
    }
  }

  set(key, text) {
    try {
      fs.mkdirSync(this.folder, { recursive: true });
      const known = fs.readdirSync(this.folder);
      if (known.length >= this.most) {
        for (const name of known) fs.rmSync(path.join(this.folder, name), { force: true });
      }
      const part = path.join(this.folder, `${key}.${process.pid}.part`);
      fs.writeFileSync(part, text);
      fs.renameSync(part, path.join(this.folder, key)); // whole or not at all: kernels may write at the same time
    } catch (error) {
      // A project that cannot be written to has no cache.
      if (!["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOENT", "ENOTDIR"].includes(error.code)) throw error;
    }
  }
}

/** The hash of some texts, in their order. */
function keyOf(...texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest("hex").slice(0, 32);
}

/**
 * The key of a type check: what is checked, and all that its types may come from.
 * @param checked  paths of the modules
 * @param sources  the program's files but the cell's own: `fileName`, and `version`, a hash of the content
 * @param options  the compiler's
 */
function keyOfCheck(checked, sources, options) {
  const files = sources.map(({ fileName, version }) => `${fileName} ${version}`);
  return keyOf(JSON.stringify(options), [...checked].sort().join("\n"), files.sort().join("\n"));
}

module.exports = { Cache, keyOf, keyOfCheck };
