/**
 * The compiler may have more than one thing to do. It puts off work with a timer, which the converter keeps and runs
 * before a cell; where a second is set meanwhile, as after a file was added to the project, the converter throws, and
 * goes on throwing at every cell.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: `        if (rebuildTimer) {
            throw new Error("Unexpected pending rebuildTimer");
        }
        rebuildTimer = {
            callback: () => {
                callback();
                rebuildTimer = null;
            },
        };
        return rebuildTimer;
`,
      to: `        pendingTimers.add(callback);
        rebuildTimer = {
            callback: () => {
                for (const next of pendingTimers) {
                    pendingTimers.delete(next);
                    next();
                }
                rebuildTimer = null;
            },
        };
        return callback;
`,
    },
    {
      from: `        if (rebuildTimer === timeoutId) {
            rebuildTimer = null;
            return;
        }
        throw new Error("clearing unexpected tiemr");
`,
      to: `        pendingTimers.delete(timeoutId);
        if (pendingTimers.size === 0) {
            rebuildTimer = null;
        }
`,
    },
    {
      from: "    let rebuildTimer = null;\n",
      to: "    let rebuildTimer = null;\n    /** Work put off, in the order in which it was. */\n    const pendingTimers = new Set();\n",
    },
  ],
};
