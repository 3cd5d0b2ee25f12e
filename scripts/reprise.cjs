#!/usr/bin/env node
// The `reprise` command: TypeScript straight from lib/, by tsx.
"use strict";

try {
  require("tsx/cjs");
} catch (error) {
  process.stderr.write(
    `The Node packages are not installed (${error.message.split("\n")[0]}).\n  To mend it: npm run setup\n`,
  );
  process.exit(1);
}
require("../lib/cli/main.ts").main();
