import path from "node:path";
import { expect, it } from "vitest";
import { addonOf, kernelFingerprint } from "./native-kernel.cjs";
import { temporaryFolder, writeFiles } from "./testing";

const RUNTIME = "requirements-tensorflow.txt";

it("the kernel is built again exactly where a source, the build or the runtime has changed", () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "kernels/tensorflow/src/addon.cc": "1",
    "kernels/tensorflow/src/trace.h": "1",
    "kernels/tensorflow/build.cjs": "1",
    [RUNTIME]: "tensorflow==2.21.0",
  });
  const seen = [kernelFingerprint(root, RUNTIME)];
  const afterWriting = (name: string, content: string) => {
    writeFiles(root, { [name]: content });
    const now = kernelFingerprint(root, RUNTIME);
    const isNew = !seen.includes(now);
    seen.push(now);
    return isNew;
  };
  for (const matters of ["src/addon.cc", "src/trace.h", "src/more.cc", "build.cjs"])
    expect(afterWriting(`kernels/tensorflow/${matters}`, "2"), matters).toBe(true);
  expect(afterWriting(RUNTIME, "tensorflow==2.22.0"), "runtime").toBe(true);
  for (const other of ["addon.test.ts", "build/Release/addon.o", "build/x.h", "tfjs-specs.cjs", "README.md"])
    expect(afterWriting(`kernels/tensorflow/${other}`, "2"), other).toBe(false);
});

it("it lies where the library looks for it", () => {
  expect(addonOf("/p")).toBe(path.join("/p", "kernels/tensorflow/build/Release/reprise_tensorflow.node"));
});
