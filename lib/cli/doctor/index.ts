import { projectPaths } from "../paths";
import { checkBackend } from "./backend";
import { type Check, formatChecks } from "./check";
import { checkDatasets } from "./datasets";
import { checkDisk, checkKernelspec, checkSetup, checkVersions } from "./installation";

/** Everything that the suite needs on a machine, looked at. Starts programs, changes nothing. */
export async function examine(root = projectPaths().root): Promise<Check[]> {
  return [
    ...checkVersions(root),
    ...checkSetup(root),
    checkKernelspec(root),
    ...checkBackend(root),
    checkDisk(root),
    ...(await checkDatasets()),
  ];
}

/**
 * `reprise doctor`
 * @returns the exit code: 1 where something needed is missing
 */
export async function runDoctor(json = false): Promise<number> {
  const checks = await examine();
  const problems = checks.filter(({ state }) => state === "problem").length;
  if (json) {
    console.log(JSON.stringify({ ok: problems === 0, checks }, null, 2));
  } else {
    console.log(formatChecks(checks));
    console.log(
      problems === 0 ? "\nAll is well." : `\n${problems} ${problems === 1 ? "problem" : "problems"}.`,
    );
  }
  return problems === 0 ? 0 : 1;
}
