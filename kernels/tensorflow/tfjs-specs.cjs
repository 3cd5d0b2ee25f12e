/**
 * Runs the specifications that @tensorflow/tfjs-core publishes (its package ships them compiled) against the suite's
 * backend: `npm run test:tfjs`. Options: `--backend cpu` runs another backend, `--grep TEXT` the specs whose name
 * contains TEXT, `--all` also those that are skipped, `--json FILE` writes name and outcome of every spec.
 *
 * What is skipped comes from two lists: tfjs-node's own (read from its `dist/run_tests.js`), less the specs named in
 * `passing` of tfjs-specs.json, which pass here all the same. The rest is counted by cause (`skippedBecause`). A failure
 * named in `failing`, with its cause, is reported and accepted; any other failure, an entry of `failing` that passes, and
 * a skipped spec without a cause make the exit code 1.
 */
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { parseArgs } = require("node:util");

const known = require("./tfjs-specs.json");

const { values: options } = parseArgs({
  options: {
    backend: { type: "string", default: "tensorflow" },
    grep: { type: "string", default: "" },
    all: { type: "boolean", default: false },
    json: { type: "string" },
  },
});

require("tsx/cjs"); // the specs are ES modules in files that Node takes for CommonJS
const jasmine = require("jasmine-core").boot();
globalThis.jasmine = jasmine;
jasmine.DEFAULT_TIMEOUT_INTERVAL = 20_000;

const ignored = ignoreList(require.resolve("@tensorflow/tfjs-node-gpu/dist/run_tests.js"));
const passing = new Set(known.passing);
const started = Date.now();

registerBackend(options.backend);
loadSpecs(options.backend);

const outcomes = [];
const environment = jasmine.getEnv();
environment.configure({
  random: false,
  specFilter: (spec) => selects(spec.getFullName()),
});
environment.addReporter({
  specDone(result) {
    if (!result.fullName.includes(options.grep)) return;
    const status = result.status === "excluded" || result.status === "pending" ? "skipped" : result.status;
    const message = result.failedExpectations.map((failure) => failure.message).join("; ");
    outcomes.push({ name: result.fullName, status, message });
  },
});
environment.execute().then(report);

/** The names, or parts of names, that tfjs-node never runs: the literal is cut from its source, as nothing exports it. */
function ignoreList(file) {
  const literal = /IGNORE_LIST = (\[[\s\S]*?\n\]);/.exec(fs.readFileSync(file, "utf8"));
  if (!literal) throw new Error(`${file} no longer holds the list of specs to skip: adapt tfjs-specs.cjs`);
  return vm.runInNewContext(literal[1]);
}

function registerBackend(name) {
  if (name === "cpu") {
    require("@tensorflow/tfjs");
    return;
  }
  require("../../lib/tensor");
  if (require("@tensorflow/tfjs").getBackend() !== "tensorflow") {
    console.error(
      "test:tfjs needs the native kernel, which isn't built here: run `npm run setup` and read what it says.",
    );
    process.exit(1);
  }
}

function loadSpecs(backendName) {
  const core = path.dirname(require.resolve("@tensorflow/tfjs-core/package.json"));
  const load = (file) => require(path.join(core, "dist", file));
  load("public/chained_ops/register_all_chained_ops.js");
  load("register_all_gradients.js");
  load("jasmine_util.js").setTestEnvs([
    { name: "test-tensorflow", backendName, flags: {}, isDataSync: true },
  ]);
  load("tests.js");
}

function selects(name) {
  if (!name.includes(options.grep)) return false;
  return options.all || passing.has(name) || !ignored.some((part) => name.includes(part));
}

function report() {
  const of = (status) => outcomes.filter((outcome) => outcome.status === status);
  const failed = of("failed");
  const unexpected = failed.filter(({ name }) => !(name in known.failing));
  const mended = of("passed").filter(({ name }) => name in known.failing);
  for (const { name, message } of failed) {
    console.log(
      `\nFAILED  ${name}\n  ${message.slice(0, 400)}\n  cause: ${known.failing[name] ?? "not known"}`,
    );
  }
  for (const { name } of mended) console.log(`\nPASSES NOW, remove it from \`failing\`: ${name}`);
  const unexplained = reportSkipped(of("skipped"));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `\n${of("passed").length} passed, ${failed.length} failed (${failed.length - unexpected.length} known), ${of("skipped").length} skipped in ${seconds} s`,
  );
  if (options.json) fs.writeFileSync(options.json, JSON.stringify(outcomes, null, 1));
  const wrong = unexpected.length + mended.length + unexplained;
  process.exitCode = wrong > 0 && !options.all ? 1 : 0;
}

/** Prints the skipped specs by cause, and returns how many have none. */
function reportSkipped(skipped) {
  const causes = new Map();
  const unexplained = [];
  for (const { name } of skipped) {
    const cause = known.skippedBecause.find(({ names }) =>
      names.some((part) => name.startsWith(part)),
    )?.cause;
    if (cause === undefined) unexplained.push(name);
    else causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  if (causes.size > 0) console.log("\nSKIPPED");
  for (const [cause, count] of causes) console.log(`  ${String(count).padStart(3)}  ${cause}`);
  for (const name of unexplained) console.log(`  no cause known: ${name}`);
  return unexplained.length;
}
