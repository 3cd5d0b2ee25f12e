import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { type ProjectPaths, projectPaths } from "./paths";

const made: string[] = [];

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A project's folder with these files, removed after the test file. */
export function temporaryProject(files: Record<string, string> = {}): ProjectPaths {
  const root = mkdtempSync(join(tmpdir(), "reprise-cli-"));
  made.push(root);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
    if (name.startsWith(".venv/bin/")) chmodSync(join(root, name), 0o755);
  }
  return projectPaths(root);
}

export interface CellSketch {
  source: string;
  type?: "code" | "markdown";
  tags?: string[];
  outputs?: object[];
}

/** A notebook file's content. */
export function notebookText(cells: readonly CellSketch[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: cells.map(({ source, type = "code", tags = [], outputs = [] }) => ({
      cell_type: type,
      source: source.split(/(?<=\n)/),
      metadata: { tags },
      ...(type === "code" ? { outputs, execution_count: null } : {}),
    })),
  });
}

/** A stream that keeps what is written to it. */
export function recordingStream(isTTY = false) {
  const stream = {
    text: "",
    isTTY,
    columns: 40,
    write(text: string) {
      stream.text += text;
    },
  };
  return stream;
}
