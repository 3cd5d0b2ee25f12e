import { describe, expect, it } from "vitest";
import { choosePython, findPythons } from "./python.cjs";
import { fakePrograms, fakePython } from "./testing";

/** What comes of a PATH with these programs. */
function choose(programs: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
  const found = findPythons({ PATH: fakePrograms(programs), ...env });
  const choice = choosePython(found, { named: env["REPRISE_PYTHON"], manager: "apt", isRoot: false });
  return "python" in choice
    ? choice.python.version
    : `${choice.problem.message} → ${choice.problem.remedies.join("; ")}`;
}

describe("the Python to use", () => {
  it("is python3 where it fits", () => {
    expect(choose({ python3: fakePython("3.11.7"), "python3.13": fakePython("3.13.1") })).toBe("3.11.7");
  });

  it("is another on PATH where python3 is too old, too new or lacks venv", () => {
    expect(choose({ python3: fakePython("3.9.2"), "python3.12": fakePython("3.12.1") })).toBe("3.12.1");
    expect(choose({ python3: fakePython("3.14.0"), "python3.13": fakePython("3.13.1") })).toBe("3.13.1");
    expect(choose({ python3: fakePython("3.12.3", false), "python3.10": fakePython("3.10.1") })).toBe(
      "3.10.1",
    );
  });

  it("is the one that REPRISE_PYTHON names, and no other", () => {
    const folder = fakePrograms({ mine: fakePython("3.10.4") });
    expect(choose({ python3: fakePython("3.12.1") }, { REPRISE_PYTHON: `${folder}/mine` })).toBe("3.10.4");
    expect(choose({ python3: fakePython("3.12.1") }, { REPRISE_PYTHON: "/nowhere/python" })).toMatch(
      /REPRISE_PYTHON names \/nowhere\/python, which does not run/,
    );
  });
});

describe("without one, the message says why, and what to type", () => {
  it("none at all", () => {
    expect(choose({})).toMatch(
      /Python was not found .*python3.*→ sudo apt update && sudo apt install python3/,
    );
  });

  it("a launcher that does not answer is as good as none", () => {
    expect(choose({ python3: "exit 127" })).toMatch(/Python was not found/);
  });

  it("too old", () => {
    expect(choose({ python3: fakePython("3.8.18") })).toMatch(
      /Python 3\.8\.18 .*too old; Python 3\.10 or newer/,
    );
  });

  it("too new for the TensorFlow wheel", () => {
    expect(choose({ python3: fakePython("3.14.0") })).toMatch(
      /too new: the TensorFlow wheel.*REPRISE_PYTHON=/,
    );
  });

  it("no venv module: the package of that very Python", () => {
    expect(choose({ python3: fakePython("3.12.3", false) })).toMatch(
      /lacks its venv module.*install python3\.12-venv/,
    );
  });
});
