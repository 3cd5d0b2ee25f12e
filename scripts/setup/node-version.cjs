// Read by Nodes of any age, to tell their owner in plain words: hence only what the oldest of them understand.
"use strict";

/**
 * What to say to a Node that is too old, or "" where it is new enough.
 * @param {string} version as in process.versions.node
 */
function complaintAboutNode(version) {
  var parts = version.split(".").map(Number);
  if (parts[0] > 20 || (parts[0] === 20 && parts[1] >= 19)) return "";
  return (
    "Node " +
    version +
    " is too old: Reprise needs Node 20.19 or newer.\n" +
    "  To mend it: nvm install --lts   (or: npx --yes n lts; or install it from https://nodejs.org/)\n"
  );
}

module.exports = { complaintAboutNode: complaintAboutNode };
