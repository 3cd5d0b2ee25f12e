import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Check } from "./check";

const stepsSchema = z.array(
  z.object({
    name: z.string(),
    title: z.string(),
    optional: z.boolean(),
    state: z.enum(["ready", "stale", "interrupted", "absent"]),
  }),
);

export type SetupStep = z.infer<typeof stepsSchema>[number];

/** How the steps of the set-up stand, by the set-up's own word. */
export function checkSetup(root: string): Check[] {
  const told = spawnSync(process.execPath, [join(root, "scripts/setup/main.cjs"), "--check"], {
    encoding: "utf8",
  });
  if (told.status !== 0)
    return [{ name: "Set-up", state: "problem", detail: told.stderr.trim(), remedy: "npm run setup" }];
  return describeSteps(stepsSchema.parse(JSON.parse(told.stdout)));
}

const STATES = {
  ready: "in place",
  stale: "made from other versions or sources than there are now",
  interrupted: "begun and not finished",
  absent: "not there",
};

export function describeSteps(steps: readonly SetupStep[]): Check[] {
  return steps.map(({ title, state }) => {
    if (state === "ready") return { name: title, state: "ok", detail: STATES.ready };
    return { name: title, state: "problem", detail: STATES[state], remedy: "npm run setup" };
  });
}

/** Node and the Python packages, by version. */
export function checkVersions(root: string): Check[] {
  const node: Check = { name: "Node", state: "ok", detail: process.versions.node };
  const names = ["jupyterlab", "papermill", "nbclient", "nbconvert"];
  const code = `import importlib.metadata as m, platform, json; print(json.dumps([platform.python_version(), *[m.version(n) for n in ${JSON.stringify(names)}]]))`;
  const told = spawnSync(join(root, ".venv/bin/python"), ["-c", code], { encoding: "utf8" });
  if (told.status !== 0) {
    const why = told.error?.message ?? told.stderr.trim().split("\n").pop();
    return [
      node,
      { name: "Python", state: "problem", detail: `.venv does not work: ${why}`, remedy: "npm run setup" },
    ];
  }
  const [python, ...versions] = z.array(z.string()).parse(JSON.parse(told.stdout));
  const packages = names.map((name, i) => `${name} ${versions[i]}`).join(", ");
  return [node, { name: "Python", state: "ok", detail: `${python} in .venv: ${packages}` }];
}

const kernelSchema = z.object({ argv: z.array(z.string()), display_name: z.string(), language: z.string() });

/** The kernels that .venv's Jupyter knows; ours speaks TypeScript and must start files that exist. */
export function checkKernelspec(root: string): Check {
  const folder = join(root, ".venv/share/jupyter/kernels");
  const remedy = "npm run setup";
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name, "kernel.json");
    if (!existsSync(file)) continue;
    const spec = kernelSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!spec.success || !/typescript/i.test(spec.data.language)) continue;
    const { argv, display_name } = spec.data;
    const lost = argv.find((part) => part.startsWith("/") && !existsSync(part));
    const detail = `${display_name} (${name})`;
    if (lost)
      return {
        name: "Notebook kernel",
        state: "problem",
        detail: `${detail} starts ${lost}, which is not there`,
        remedy,
      };
    return { name: "Notebook kernel", state: "ok", detail };
  }
  return { name: "Notebook kernel", state: "problem", detail: `no TypeScript kernel in ${folder}`, remedy };
}

/** Room for data and runs. */
export function checkDisk(root: string, freeBytes = freeSpace(root)): Check {
  const detail = `${(freeBytes / 1e9).toFixed(1)} GB free`;
  if (freeBytes >= 1e9) return { name: "Disk", state: "ok", detail };
  return {
    name: "Disk",
    state: "note",
    detail,
    remedy: "free some: old runs lie in runs/, downloads in data/cache",
  };
}

function freeSpace(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
