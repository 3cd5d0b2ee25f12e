/**
 * Library files are type-checked when they change, not with every cell: the converter checks all that a cell imports,
 * directly or not, before each cell, which takes seconds for a library of this size.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "        const diag = convertDiagnostics(getPreEmitDiagnosticsWithDependencies(builder, srcFile));\n",
      to: `        const allKnown = getAllSrcDependencies(builder, srcFile).every((d) => d === srcFilename || sideInputsConverted.has(d));
        const diag = convertDiagnostics(allKnown
            ? ts.getPreEmitDiagnosticsOfFiles(builder.getProgram(), [srcFile])
            : getPreEmitDiagnosticsWithDependencies(builder, srcFile));
`,
    },
  ],
};
