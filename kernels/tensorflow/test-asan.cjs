// Builds the kernel with AddressSanitizer and runs its own tests on it: `npm run test:asan` (gcc on Linux).
// Leaks are not looked for here, since Node itself leaves memory at exit; the tests count tensors instead.
"use strict";

const { execFileSync, spawnSync } = require("node:child_process");
const path = require("node:path");
const { build } = require("./build.cjs");

async function main() {
  await build({ debug: true });
  const library = execFileSync(process.env.CXX || "c++", ["-print-file-name=libasan.so"], {
    encoding: "utf8",
  }).trim();
  const vitest = path.join(path.dirname(require.resolve("vitest/package.json")), "vitest.mjs");
  const { status } = spawnSync(process.execPath, [vitest, "run", "kernels/tensorflow"], {
    cwd: path.resolve(__dirname, "../.."),
    stdio: "inherit",
    env: {
      ...process.env,
      REPRISE_KERNEL_BUILD: "Debug",
      LD_PRELOAD: library,
      ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1",
    },
  });
  process.exitCode = status ?? 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
