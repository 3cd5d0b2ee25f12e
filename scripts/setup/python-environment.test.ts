import { symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { planSteps } from "./plan.cjs";
import { chooseDevice, holdsRuntimeFor, isWhole } from "./python-environment.cjs";
import { fakePrograms, temporaryFolder, writeFiles } from "./testing";

/** An environment made with one version, whose Python is now another file. */
function environment(made: string, actual: string): string {
  const home = temporaryFolder();
  writeFiles(home, {
    "pyvenv.cfg": `home = /usr/bin\nversion = ${made}.7\n`,
    [`lib/python${made}/site-packages/x`]: "",
    [`system/${actual}`]: "",
    "bin/activate": "",
  });
  symlinkSync(path.join(home, "system", actual), path.join(home, "bin/python"));
  return home;
}

describe("an environment is whole", () => {
  it("while its Python is the one that it was made with", () => {
    expect(isWhole(environment("3.11", "python3.11"))).toBe(true);
    expect(isWhole(environment("3.11", "python"))).toBe(true);
  });

  it("and not where the system's Python has moved on, or anything is gone", () => {
    expect(isWhole(environment("3.11", "python3.12"))).toBe(false);
    expect(isWhole(temporaryFolder())).toBe(false);
    const home = temporaryFolder();
    writeFiles(home, {
      "pyvenv.cfg": "version = 3.11.7",
      "lib/python3.11/site-packages/x": "",
      "bin/activate": "",
    });
    symlinkSync("/nowhere/python3.11", path.join(home, "bin/python"));
    expect(isWhole(home)).toBe(false);
  });
});

describe("the device", () => {
  const gpu = () => fakePrograms({ "nvidia-smi": 'echo "GPU 0: NVIDIA H100 (UUID: x)"' });

  it("is a GPU where nvidia-smi names one", () => {
    expect(chooseDevice({ PATH: gpu() }, "linux")).toBe("gpu");
    expect(
      chooseDevice({ PATH: fakePrograms({ "nvidia-smi": "echo 'no devices were found'; exit 6" }) }, "linux"),
    ).toBe("cpu");
    expect(chooseDevice({ PATH: fakePrograms({}) }, "linux")).toBe("cpu");
    expect(chooseDevice({ PATH: gpu() }, "darwin")).toBe("cpu");
  });

  it("is the one that REPRISE_DEVICE names", () => {
    expect(chooseDevice({ PATH: gpu(), REPRISE_DEVICE: "cpu" }, "linux")).toBe("cpu");
    expect(chooseDevice({ PATH: "", REPRISE_DEVICE: "gpu" }, "linux")).toBe("gpu");
    expect(() => chooseDevice({ REPRISE_DEVICE: "tpu" })).toThrow('REPRISE_DEVICE is "tpu"');
  });

  it("decides which runtime is installed, and another one makes a new environment", () => {
    const steps = (device: string) => planSteps("/project", { PATH: "", REPRISE_DEVICE: device });
    expect(steps("gpu").map(({ title }) => title)).toContain("TensorFlow runtime with CUDA");
    expect(steps("cpu").map(({ title }) => title)).toContain("TensorFlow runtime");
    expect(steps("cpu")[1].fingerprint()).not.toBe(steps("gpu")[1].fingerprint());
  });

  it("an environment with the other device's runtime is told by what is in it", () => {
    const home = temporaryFolder();
    writeFiles(home, { "lib/python3.11/site-packages/tensorflow_cpu-2.21.0.dist-info/METADATA": "" });
    expect([holdsRuntimeFor(home, "cpu"), holdsRuntimeFor(home, "gpu")]).toEqual([true, false]);
  });
});
