// @ts-check
"use strict";

/** What the suite runs on. Python's upper bound is the newest one that the TensorFlow wheel is made for. */
const NODE_MINIMUM = "20.19.0";
const PYTHON_MINIMUM = "3.10";
const PYTHON_BELOW = "3.14";

/**
 * The numbers of a version as programs print it: `v20.19.1`, `Python 3.11.7`, `3.13.0rc1`.
 * @param {string} text
 * @returns {number[] | undefined} undefined where the text holds no version
 */
function parseVersion(text) {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found ? found.slice(1).map((part) => Number(part ?? 0)) : undefined;
}

/**
 * Negative where `left` is the older one, 0 where they are equal.
 * @param {string} left
 * @param {string} right
 */
function compareVersions(left, right) {
  const a = parseVersion(left);
  const b = parseVersion(right);
  if (!a || !b) throw new Error(`not a version: ${JSON.stringify(a ? right : left)}`);
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/** @param {string} version */
function nodeIsSupported(version) {
  return compareVersions(version, NODE_MINIMUM) >= 0;
}

/** @param {string} version */
function pythonIsSupported(version) {
  return compareVersions(version, PYTHON_MINIMUM) >= 0 && compareVersions(version, PYTHON_BELOW) < 0;
}

module.exports = {
  NODE_MINIMUM,
  PYTHON_MINIMUM,
  PYTHON_BELOW,
  parseVersion,
  compareVersions,
  nodeIsSupported,
  pythonIsSupported,
};
