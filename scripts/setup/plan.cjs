// @ts-check
"use strict";

const { kernelspec } = require("./kernelspec.cjs");
const { nativeKernel } = require("./native-kernel.cjs");
const { nodePackages } = require("./node-packages.cjs");
const { chooseDevice, pythonPackages, virtualEnvironment } = require("./python-environment.cjs");

/**
 * The steps of the set-up, in order.
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import("./runner.cjs").Step[]}
 */
function planSteps(root, env = process.env) {
  const device = chooseDevice(env);
  const gpu = device === "gpu";
  const runtimeList = gpu ? "requirements-tensorflow-cuda.txt" : "requirements-tensorflow.txt";
  const steps = [
    nodePackages(root),
    virtualEnvironment(root, device),
    pythonPackages(root, {
      name: "jupyter",
      title: "Jupyter and papermill",
      size: "60 MB to fetch, 310 MB on disk",
      bytes: 4e8,
      file: "requirements.txt",
      witness: "papermill",
    }),
    pythonPackages(root, {
      name: "tensorflow",
      title: gpu ? "TensorFlow runtime with CUDA" : "TensorFlow runtime",
      size: gpu ? "3 GB to fetch, 7 GB on disk" : "270 MB to fetch, 1.3 GB on disk",
      bytes: gpu ? 11e9 : 1.6e9,
      file: runtimeList,
      witness: "tensorflow",
    }),
    nativeKernel(root, runtimeList),
    kernelspec(root),
  ];
  return env.REPRISE_SKIP_NATIVE === "1" ? steps.filter((step) => step.name !== "native-kernel") : steps;
}

module.exports = { planSteps };
