import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { install, kernelSpec, userDataFolder } from "./install.cjs";
import { python } from "./testing/kernel";

let venv: string;
let site: string;

beforeEach(() => {
  venv = mkdtempSync(join(tmpdir(), "install-test-"));
  site = join(venv, "lib/python3.12/site-packages");
  mkdirSync(site, { recursive: true });
});

afterEach(() => rmSync(venv, { recursive: true, force: true }));

test("the spec starts Node by its absolute path and leaves interrupts to signals", () => {
  const spec = kernelSpec();
  expect(isAbsolute(spec.argv[0])).toBe(true);
  expect(existsSync(spec.argv[1])).toBe(true);
  expect(spec.argv[2]).toBe("{connection_file}");
  expect(spec.language).toBe("typescript");
  expect(spec).not.toHaveProperty("interrupt_mode");
});

test.runIf(process.platform !== "win32")("a second call writes nothing", () => {
  const written = install({ venv, node: "/usr/bin/node" });
  expect(written).toContain(join(venv, "share/jupyter/kernels/reprise/kernel.json"));
  expect(written).toContain(join(site, "reprise_papermill.pth"));
  expect(install({ venv, node: "/usr/bin/node" })).toEqual([]);
  expect(readdirSync(join(venv, "share/jupyter/kernels/reprise")).sort()).toEqual([
    "kernel.json",
    "logo-svg.svg",
  ]);
});

test.runIf(process.platform !== "win32")(
  "another Node, a damaged file and an older version are put right",
  () => {
    install({ venv, node: "/usr/bin/node" });
    const spec = join(venv, "share/jupyter/kernels/reprise/kernel.json");
    expect(install({ venv, node: "/elsewhere/node" })).toEqual([spec]);
    writeFileSync(spec, "{");
    mkdirSync(join(site, "reprise_papermill-0.0.1.dist-info"));
    expect(install({ venv, node: "/elsewhere/node" })).toEqual([spec]);
    expect(JSON.parse(readFileSync(spec, "utf8")).argv[0]).toBe("/elsewhere/node");
    expect(readdirSync(site).filter((name) => name.includes("0.0.1"))).toEqual([]);
  },
);

test("what is no Python environment is refused", () => {
  rmSync(join(venv, "lib"), { recursive: true });
  expect(() => install({ venv })).toThrow(/is no Python environment .*npm run setup/);
});

test.each([
  [{ JUPYTER_DATA_DIR: "/data" }, "linux", "/data"],
  [{}, "linux", join("/home/a", ".local/share/jupyter")],
  [{ XDG_DATA_HOME: "/xdg" }, "linux", join("/xdg", "jupyter")],
  [{}, "darwin", join("/home/a", "Library/Jupyter")],
  [{ APPDATA: "/app" }, "win32", join("/app", "jupyter")],
] as const)("with %j on %s the user's kernels lie below %s", (env, platform, folder) => {
  expect(userDataFolder(env, platform, "/home/a")).toBe(folder);
});

test("the project's environment knows the kernel and the entry point", () => {
  const code =
    "import entrypoints, jupyter_client.kernelspec as k; print(k.get_kernel_spec('reprise').display_name); print([e.name for e in entrypoints.get_group_all('papermill.engine')])";
  const { stdout } = spawnSync(python, ["-c", code], { encoding: "utf8" });
  expect(stdout).toBe("TypeScript (Reprise)\n['reprise']\n");
});
