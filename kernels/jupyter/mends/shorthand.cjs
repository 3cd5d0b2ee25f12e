/**
 * `{ x }` reaches a variable of an earlier cell, as `{ x: x }` does; `({ x } = record)` assigns to it.
 *
 * Variables of earlier cells live on `exports`; the converter rewrites identifiers to property accesses but passes
 * over the shorthand, whose one identifier is both the property's name and the variable.
 */
module.exports = {
  file: "converter.js",
  edits: [
    {
      from: "            var _a, _b;\n            if (!ts.isIdentifier(node)) {\n",
      to: `            var _a, _b;
            if (ts.isShorthandPropertyAssignment(node)) {
                const written = ts.getOriginalNode(node);
                const symbol = checker.getShorthandAssignmentValueSymbol(written);
                const earlier = symbol?.declarations?.some((d) => d.getSourceFile() === declsFile);
                const initial = node.objectAssignmentInitializer && ts.visitNode(node.objectAssignmentInitializer, wrapPrevIdentifier);
                if (!earlier) {
                    return initial
                        ? ts.factory.updateShorthandPropertyAssignment(node, node.name, initial)
                        : node;
                }
                const variable = ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("exports"), node.name);
                return ts.factory.createPropertyAssignment(node.name, initial ? ts.factory.createAssignment(variable, initial) : variable);
            }
            if (!ts.isIdentifier(node)) {
`,
    },
  ],
};
