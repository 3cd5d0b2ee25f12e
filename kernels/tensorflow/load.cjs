// Loads the native kernel. TensorFlow's notices are kept from the terminal unless TF_CPP_MIN_LOG_LEVEL asks for them.
// `REPRISE_KERNEL_BUILD=Debug` takes the build with AddressSanitizer.
"use strict";

const path = require("node:path");

const folder = path.join(__dirname, "build", process.env.REPRISE_KERNEL_BUILD || "Release");

/** The binding (TFJSBinding and the tracing methods); throws when the kernel has not been built. */
function load() {
  const quiet = require(path.join(folder, "reprise_quiet.node"));
  quiet.silence();
  try {
    const binding = require(path.join(folder, "reprise_tensorflow.node"));
    binding.isUsingGpuDevice(); // starts the context
    return binding;
  } finally {
    quiet.restore();
  }
}

module.exports = { load };
