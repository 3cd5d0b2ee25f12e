/**
 * Library files are type-checked when they change, not with every cell and in every kernel: the converter checks all
 * that a cell imports, directly or not, before each cell, which takes seconds for a library of this size.
 */
const cache = JSON.stringify(require.resolve("../cache.cjs"));

module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "        const diag = convertDiagnostics(getPreEmitDiagnosticsWithDependencies(builder, srcFile));\n",
      to: `        const diag = convertDiagnostics([
            ...ts.getPreEmitDiagnosticsOfFiles(builder.getProgram(), [srcFile]),
            ...diagnosticsOfDependencies(srcFile),
        ]);
`,
    },
    {
      from: "    function getTypeRoots() {\n",
      to: `    function diagnosticsOfDependencies(srcFile) {
        const dependencies = getAllSrcDependencies(builder, srcFile).filter((d) => d !== srcFilename);
        if (dependencies.every((d) => sideInputsConverted.has(d))) {
            return [];
        }
        const program = builder.getProgram();
        const sources = program.getSourceFiles().filter(({ fileName }) => fileName !== srcFilename && fileName !== declFilename);
        const state = cache.keyOfCheck(dependencies, sources, program.getCompilerOptions());
        if (checked.get(state) !== undefined) {
            return [];
        }
        const all = ts.getPreEmitDiagnosticsOfFiles(program, dependencies.map((d) => builder.getSourceFile(d)));
        const found = all.filter(({ file }) => file); // what it thinks of the options is no error of the library
        if (found.length === 0) {
            checked.set(state, "");
        }
        return found;
    }
    function getTypeRoots() {
`,
    },
    {
      from: "    let builder = null;\n",
      to: `    let builder = null;\n    const cache = require(${cache});\n    const checked = new cache.Cache("checked");\n`,
    },
  ],
};
