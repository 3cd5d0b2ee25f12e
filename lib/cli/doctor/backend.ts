import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { Check } from "./check";

const reportSchema = z.object({
  backend: z.string(),
  version: z.string().optional(),
  devices: z.array(z.string()),
  gpu: z.boolean(),
  failure: z.string().optional(),
  correct: z.boolean(),
  cores: z.number(),
});

export type BackendFindings = z.infer<typeof reportSchema>;

/** Starts the backend in a process of its own and asks it. */
export function checkBackend(root: string): Check[] {
  const told = spawnSync(process.execPath, ["-r", "tsx/cjs", join(root, "lib/cli/doctor/probe.ts")], {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  const line = told.stdout?.trim().split("\n").pop() ?? "";
  if (told.status !== 0 || !line.startsWith("{")) {
    const why = told.signal
      ? `it was ended by ${told.signal}`
      : (told.stderr ?? "").trim().split("\n").slice(-3).join("\n");
    return [
      {
        name: "Backend",
        state: "problem",
        detail: `the tensor backend did not start: ${why}`,
        remedy: "npm run setup",
      },
    ];
  }
  return describeBackend(reportSchema.parse(JSON.parse(line)));
}

/** The findings as checks. `env` holds the settings that change them. */
export function describeBackend(found: BackendFindings, env: NodeJS.ProcessEnv = process.env): Check[] {
  const { backend, version, devices, gpu, failure, correct, cores } = found;
  const wanted = env["REPRISE_BACKEND"] === "cpu" || env["REPRISE_SKIP_NATIVE"] === "1";
  const checks: Check[] = [];
  if (failure === undefined) {
    checks.push({ name: "Backend", state: "ok", detail: `${backend}, TensorFlow ${version}` });
  } else {
    checks.push({
      name: "Backend",
      state: wanted ? "note" : "problem",
      detail: `JavaScript, many times slower than TensorFlow: ${failure.split("\n")[0]}`,
      remedy: wanted ? "unset REPRISE_BACKEND and REPRISE_SKIP_NATIVE, then: npm run setup" : "npm run setup",
    });
  }
  if (!correct)
    checks.push({
      name: "Arithmetic",
      state: "problem",
      detail: "a matrix product came out wrong",
      remedy: "rm -rf .venv kernels/tensorflow/build && npm run setup",
    });
  const names = devices.map((device) => device.replace(/^.*device:/, ""));
  checks.push({
    name: "Device",
    state: "ok",
    detail: `${gpu ? "GPU" : "CPU"}${names.length > 0 ? ` (${names.join(", ")})` : ""}`,
  });
  const threads = env["TF_NUM_INTRAOP_THREADS"];
  checks.push({
    name: "Threads",
    state: "ok",
    detail: threads
      ? `${threads} (TF_NUM_INTRAOP_THREADS) on ${cores} cores`
      : `${failure ? 1 : cores}, of ${cores} cores`,
  });
  return checks;
}
