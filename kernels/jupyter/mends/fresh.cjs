/** A source edited just before a cell runs is compiled anew, and a new file is found: watch.cjs looks, before each cell. */
const watch = JSON.stringify(require.resolve("../watch.cjs"));

module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "    const fileWatchers = new Map();\n",
      to: `    const fileWatchers = new Map();
    const sources = new (require(${watch}).SourceWatch)(ts.FileWatcherEventKind);
    sys.watchDirectory = (path, callback, recursive) => sources.watchDirectory(path, callback, recursive);
`,
    },
    {
      from: "        const watcher = ts.sys.watchFile(path, cb, pollingInterval);\n",
      to: "        const watcher = sources.watchFile(path, cb);\n",
    },
    {
      from: "    function updateContent(decls, src) {\n",
      to: "    function updateContent(decls, src) {\n        sources.report();\n",
    },
  ],
};
