import { createInterface } from "node:readline/promises";
import { type DataFolders, dataFolders } from "../../data/store";
import type { StatusStream } from "../statusLine";

/** What the command needs of the world around it. */
export interface EvalSurroundings {
  readonly print: (line: string) => void;
  /** For what changes all the time. */
  readonly stream: StatusStream;
  /** Asks a person; undefined where there is none. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly folders: DataFolders;
  readonly environment: NodeJS.ProcessEnv;
  /** For the intervals of the report. Default: as the report's. */
  readonly resamples?: number;
}

export function ofProcess(): EvalSurroundings {
  const { stdin, stderr, env } = process;
  return {
    print: console.log,
    stream: stderr,
    ...(stdin.isTTY && stderr.isTTY ? { ask: askPerson } : {}),
    folders: dataFolders(),
    environment: env,
  };
}

async function askPerson(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
