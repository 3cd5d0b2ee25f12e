import { describe, expect, it } from "vitest";
import { diagnose, installCommand, packageManager } from "./remedies.cjs";
import { fakePrograms } from "./testing";

describe("the command that installs what is missing", () => {
  it("is the package manager's that is there", () => {
    expect(packageManager("linux", fakePrograms({ "apt-get": "" }))).toBe("apt");
    expect(packageManager("linux", fakePrograms({ dnf: "" }))).toBe("dnf");
    expect(packageManager("linux", fakePrograms({}))).toBe("none");
    expect(packageManager("darwin", fakePrograms({}))).toBe("brew");
  });

  it("has sudo for all but root", () => {
    expect(installCommand("compiler", "apt", false)).toBe(
      "sudo apt update && sudo apt install build-essential",
    );
    expect(installCommand("compiler", "apt", true)).toBe("apt update && apt install build-essential");
    expect(installCommand("compiler", "brew", false)).toBe("xcode-select --install");
  });
});

describe("a failure is recognised by its program's words", () => {
  it.each([
    ["npm error code ENOTFOUND\nnpm error network request failed", /no network/],
    ["WARNING: Retrying … NewConnectionError(': Temporary failure in name resolution')", /no network/],
    ["npm error ENOSPC: no space left on device, write", /disk is full/],
    [
      "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
      /disk is full/,
    ],
    ["npm error code EINTEGRITY", /SHA-256 differs/],
    ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", /SHA-256 differs/],
    ["ERROR: No matching distribution found for tensorflow-cpu==2.21.0", /no build for this machine/],
    ["SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", /TLS certificate/],
    ["npm error EACCES: permission denied, mkdir", /permission denied/],
  ])("%s", (output, message) => {
    const known = diagnose(output);
    expect(known?.message).toMatch(message);
    expect(known?.remedies.length).toBeGreaterThan(0);
  });

  it("and an unknown one is not given a reason", () => {
    expect(diagnose("src/addon.cc:3:1: error: expected ';'")).toBeUndefined();
  });
});
