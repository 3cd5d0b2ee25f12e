// Builds the native kernel with the system's C++ compiler: `node kernels/tensorflow/build.cjs [--debug]`.
// TensorFlow's library and headers come from the wheel in .venv; Node's from node-api-headers, so that nothing is fetched here.
// `--debug` builds with AddressSanitizer into build/Debug.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.resolve(__dirname, "../..");
const sources = path.join(__dirname, "src");

/** The folder of the TensorFlow wheel in .venv. */
function tensorflowFolder() {
  const lib = path.join(root, ".venv", "lib");
  const pythons = fs.existsSync(lib) ? fs.readdirSync(lib) : [];
  const folder = pythons
    .map((python) => path.join(lib, python, "site-packages", "tensorflow"))
    .find((candidate) => fs.existsSync(path.join(candidate, "libtensorflow_cc.so.2")));
  if (!folder) throw new Error("TensorFlow's runtime is not in .venv: run `npm run setup`");
  return folder;
}

function flags(tensorflow, debug) {
  const api = path.dirname(require.resolve("node-addon-api/package.json"));
  const node = path.join(path.dirname(require.resolve("node-api-headers/package.json")), "include");
  return [
    "-std=c++17", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-DNAPI_CPP_EXCEPTIONS", "-DNAPI_VERSION=8",
    "-isystem", api, "-isystem", node, "-isystem", path.join(tensorflow, "include"),
    ...(debug ? ["-O1", "-g", "-fsanitize=address", "-fno-omit-frame-pointer"] : ["-O2", "-DNDEBUG"]),
  ];
}

function run(compiler, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => reject(new Error(`${compiler} did not start: ${error.message}`)));
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${compiler} failed with exit code ${code}`))));
  });
}

async function build({ debug = false } = {}) {
  const tensorflow = tensorflowFolder();
  const compiler = process.env.CXX || "c++";
  const folder = path.join(__dirname, "build", debug ? "Debug" : "Release");
  fs.mkdirSync(folder, { recursive: true });
  const quiet = path.join("quiet", "quiet.cc");
  const files = [...fs.readdirSync(sources).filter((file) => file.endsWith(".cc")), quiet];
  const object = (file) => path.join(folder, `${path.basename(file, ".cc")}.o`);
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      await run(compiler, [...flags(tensorflow, debug), "-c", path.join(sources, file), "-o", object(file)]);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));

  const link = async (name, objects, libraries) => {
    const target = path.join(folder, name);
    await run(compiler, ["-shared", ...(debug ? ["-fsanitize=address"] : ["-s"]), ...objects, "-o", `${target}.new`, ...libraries]);
    fs.renameSync(`${target}.new`, target); // whoever has the old file loaded keeps it
  };
  await link("reprise_quiet.node", [object(quiet)], []);
  await link("reprise_tensorflow.node", files.filter((file) => file !== quiet).map(object), [
    `-L${tensorflow}`,
    "-l:libtensorflow_cc.so.2",
    "-l:libtensorflow_framework.so.2",
    `-Wl,-rpath,${tensorflow}`,
  ]);
}

module.exports = { build, tensorflowFolder };

if (require.main === module) {
  build({ debug: process.argv.includes("--debug") }).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
