import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectPaths } from "./paths";

const { root } = projectPaths();

/** The command line as a person types it. */
function reprise(...args: string[]) {
  const told = spawnSync(process.execPath, [join(root, "scripts/reprise.cjs"), ...args], {
    encoding: "utf8",
    cwd: root,
  });
  return { code: told.status, text: told.stdout + told.stderr };
}

describe("npx reprise", () => {
  it("--help lists the commands", () => {
    const { code, text } = reprise("--help");
    expect(code).toBe(0);
    for (const command of [
      "lab",
      "run",
      "ablate",
      "claims",
      "runs",
      "tensorboard",
      "data",
      "serve",
      "eval",
      "compare",
      "probe",
      "doctor",
    ])
      expect(text).toMatch(new RegExp(`^ {2}${command} `, "m"));
  });

  it("names the nearest command, data action and notebook", () => {
    expect(reprise("docter")).toMatchObject({
      code: 1,
      text: expect.stringMatching(/unknown command 'docter'[\s\S]*Did you mean doctor/),
    });
    expect(reprise("data", "verfy").text).toMatch(/Did you mean verify/);
    const { code, text } = reprise("run", "no-such-notebook");
    expect(text).toMatch(/✗ there is no notebook "no-such-notebook"[\s\S]*→ /);
    expect(code).toBe(1);
  });

  it("shows no stack for a mistake of the user's", () => {
    expect(reprise("data", "verify", "ml-100").text).not.toMatch(/\n\s+at /);
  });
});
