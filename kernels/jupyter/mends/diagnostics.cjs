/**
 * One type error is one message. The converter reports each link of TypeScript's explanation ("Type A is not
 * assignable to type B", "Property p is missing …") as an error of its own, and loses the file name on the way.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "            traverseDiagnosticMessageChain(start, end, d.messageText, diagnostics, fileName);\n",
      to: `            diagnostics.push({
                start,
                end,
                messageText: ts.flattenDiagnosticMessageText(d.messageText, "\\n"),
                category: d.category,
                code: d.code,
                fileName,
            });
`,
    },
  ],
};
