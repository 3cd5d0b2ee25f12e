/**
 * Compile cells as the library is compiled, and keep the positions of the source.
 *
 * The strict rules give `lib/` the types it was written with (zod's inferred types need them); untyped parameters stay
 * allowed, since a cell is a place to try things. Source maps lead from a stack frame back to the line of the cell.
 * The step to CommonJS is taken in compile.cjs, which keeps the second source map as well.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "        experimentalDecorators: true,\n",
      to: '        experimentalDecorators: true,\n        strict: true,\n        noImplicitAny: false,\n        types: ["node"],\n        inlineSourceMap: true,\n',
    },
    {
      from: "                    data: esModuleToCommonJSModule(data, transpileTarget),\n",
      to: "                    data,\n",
    },
    {
      from: "            output: esModuleToCommonJSModule(output, transpileTarget),\n",
      to: "            output,\n",
    },
  ],
};
