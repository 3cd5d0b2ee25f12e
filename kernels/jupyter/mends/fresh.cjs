/**
 * A source edited just before a cell runs is compiled anew, whatever the file system tells.
 *
 * File watchers report late, and not at all on some network and container mounts. Sources of the project are
 * compared by time and size before each cell instead; installed packages are not watched.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "        const watcher = ts.sys.watchFile(path, cb, pollingInterval);\n",
      to: `        const stamp = () => {
            try {
                const s = require("fs").statSync(path);
                return s.mtimeMs + ":" + s.size;
            }
            catch {
                return "none";
            }
        };
        const watcher = { close() { sourceStamps.delete(path); } };
        if (!path.includes("/node_modules/") && !path.startsWith(path_1.default.dirname(require.resolve("@tslab/typescript-for-tslab")))) {
            sourceStamps.set(path, { stamp, last: stamp(), cb });
        }
`,
    },
    {
      from: "    const fileWatchers = new Map();\n",
      to: "    const fileWatchers = new Map();\n    /** Time and size of each source of the project when it was last read. */\n    const sourceStamps = new Map();\n",
    },
    {
      from: "    function updateContent(decls, src) {\n",
      to: `    function updateContent(decls, src) {
        for (const [path, source] of [...sourceStamps]) {
            const now = source.stamp();
            if (now !== source.last) {
                source.last = now;
                source.cb(path, now === "none" ? ts.FileWatcherEventKind.Deleted : ts.FileWatcherEventKind.Changed);
            }
        }
`,
    },
  ],
};
