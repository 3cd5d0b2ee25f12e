/**
 * Changes of the project's sources, found by looking when somebody asks.
 *
 * File system events come late, and not at all on some network and container mounts; and a watch on every folder of
 * `node_modules`, which the compiler asks for, takes thousands of the system's watches a kernel. Comparing the times of
 * a few hundred files takes a millisecond. Installed packages are not looked at: they need a new kernel.
 */
const fs = require("node:fs");
const path = require("node:path");

const isInstalled = (file) => file.split(/[\\/]/).includes("node_modules");

class SourceWatch {
  /** @param kinds the compiler's `FileWatcherEventKind` */
  constructor(kinds) {
    this.kinds = kinds;
    this.files = new Set();
    this.folders = new Set();
  }

  /** As the compiler's `watchFile`: `callback(file, kind)` for each change. */
  watchFile(file, callback) {
    return this.#add(this.files, file, { last: stamp(file), callback });
  }

  /** As the compiler's `watchDirectory`: `callback(path)` for what appears or goes below a folder. */
  watchDirectory(folder, callback, recursive = false) {
    return this.#add(this.folders, folder, { recursive, last: list(folder, recursive), callback });
  }

  #add(watched, file, entry) {
    if (isInstalled(file)) return { close() {} };
    const item = { ...entry, path: file };
    watched.add(item);
    return { close: () => watched.delete(item) };
  }

  /** Calls back for all that has changed since the last time. */
  report() {
    for (const file of [...this.files]) {
      const now = stamp(file.path);
      if (now === file.last) continue;
      const kind = now === "" ? "Deleted" : file.last === "" ? "Created" : "Changed";
      file.last = now;
      file.callback(file.path, this.kinds[kind]);
    }
    for (const folder of [...this.folders]) {
      const before = folder.last;
      folder.last = list(folder.path, folder.recursive);
      for (const entry of folder.last) if (!before.has(entry)) folder.callback(entry);
      for (const entry of before) if (!folder.last.has(entry)) folder.callback(entry);
    }
  }
}

/** A file's time and size; empty where there is none. */
function stamp(file) {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs}:${found.size}` : "";
}

/** The paths below a folder, but hidden ones and installed packages. */
function list(folder, recursive, found = new Set()) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return found; // no such folder, or it went meanwhile
  }
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const file = path.posix.join(folder, entry.name);
    found.add(file);
    if (recursive && entry.isDirectory()) list(file, true, found);
  }
  return found;
}

module.exports = { SourceWatch };
