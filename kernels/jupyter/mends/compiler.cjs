/**
 * Compile cells as the library is compiled, and keep the positions of the source.
 *
 * The strict rules give `lib/` the types it was written with (zod's inferred types need them); untyped parameters stay
 * allowed, since a cell is a place to try things. Source maps lead from a stack frame back to the line of the cell.
 * The step to CommonJS is taken in compile.cjs, which keeps the second source map as well.
 *
 * Of library files the converter hands on the source: compile.cjs compiles each by itself, as the project's other tools
 * do, where the converter would have the compiler check and declare all that they export once more.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "        experimentalDecorators: true,\n",
      to: '        experimentalDecorators: true,\n        strict: true,\n        noImplicitAny: false,\n        types: ["node"],\n        inlineSourceMap: true,\n',
    },
    {
      from: "            if (dep !== srcFilename) {\n                sideInputsConverted.add(dep);\n            }\n",
      to: `            if (dep !== srcFilename) {
                sideInputsConverted.add(dep);
                const text = builder.getSourceFile(dep).text;
                sideOutputs ??= [];
                sideOutputs.push({ path: dep, data: virtualFiles.has(dep) ? text.slice(srcPrefix.length) : text });
                continue;
            }
`,
    },
    {
      from: "            output: esModuleToCommonJSModule(output, transpileTarget),\n",
      to: "            output,\n",
    },
  ],
};
