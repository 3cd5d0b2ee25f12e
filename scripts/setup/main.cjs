// The set-up: `node scripts/setup/main.cjs`. Needs nothing but Node; running it again costs a few hashes.
"use strict";

var complaint = require("./node-version.cjs").complaintAboutNode(process.versions.node);
if (complaint) {
  process.stderr.write(complaint);
  process.exit(1);
}
require("./set-up.cjs").main();
