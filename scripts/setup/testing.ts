import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

/** A folder for one test file, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "reprise-setup-"));
  made.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Writes files, given by their paths below a folder. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

/** A folder for PATH with programs of our own: each a shell script, given by its body. */
export function fakePrograms(programs: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

/** The body of a Python that tells a version and has, or lacks, its venv module. */
export const fakePython = (version: string, hasVenv = true) =>
  `case "$1" in --version) echo "Python ${version}";; -c) exit ${hasVenv ? 0 : 1};; esac`;
