/** Drives a kernel from a test, through Jupyter's own client. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";

export const root = resolve(__dirname, "../../..");
export const python = join(root, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

export interface Content extends Partial<ErrorContent> {
  status?: string;
  name?: string;
  text?: string;
  code?: string;
  execution_count?: number;
  execution_state?: string;
  data?: Record<string, unknown>;
  transient?: { display_id?: string };
}

export type Message = [type: string, content: Content];

/** What a cell led to: the reply, and all messages published for it. */
export class Outcome {
  readonly reply: Content;
  readonly messages: readonly Message[];

  constructor(answer: { reply: Content; messages: Message[] }) {
    this.reply = answer.reply;
    this.messages = answer.messages;
  }

  all(type: string): Content[] {
    return this.messages.filter(([name]) => name === type).map(([, content]) => content);
  }

  /** All text of a stream. */
  text(name = "stdout"): string {
    return this.all("stream")
      .filter((content) => content.name === name)
      .map((content) => content.text)
      .join("");
  }

  /** What the cell's last expression shows as. */
  get value(): unknown {
    if (this.all("error").length > 0) throw new Error(this.error.traceback);
    return this.all("execute_result")[0]?.data?.["text/plain"];
  }

  /** The one error published, its traceback as one text without colours. */
  get error(): { ename: string; evalue: string; traceback: string } {
    const errors = this.all("error");
    if (errors.length !== 1) throw new Error(`expected one error, got ${JSON.stringify(this.messages)}`);
    const { ename = "", evalue = "", traceback = [] } = errors[0];
    return { ename, evalue, traceback: plain(traceback.join("\n")) };
  }
}

/** Text without the escapes that colour it. */
export function plain(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g"), "");
}

export class TestKernel {
  private constructor(
    readonly process: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    private readonly reader: Interface,
  ) {}

  /** Starts a kernel for a notebook in `folder`. */
  static async start(folder: string): Promise<TestKernel> {
    const child = spawn(python, [
      join(__dirname, "client.py"),
      process.execPath,
      join(root, "kernels/jupyter/launcher.cjs"),
      folder,
    ]);
    child.stderr.pipe(process.stderr);
    const reader = createInterface({ input: child.stdout });
    const kernel = new TestKernel(child, reader[Symbol.asyncIterator](), reader);
    await kernel.#next();
    return kernel;
  }

  /** Runs a cell. Once it has printed `interruptOn` it is interrupted as Jupyter does it. */
  async execute(
    code: string,
    { interruptOn, options }: { interruptOn?: string; options?: Record<string, unknown> } = {},
  ): Promise<Outcome> {
    return new Outcome(await this.#ask({ execute: code, options, interruptOn }));
  }

  /** Interrupts whatever runs. */
  async interrupt(): Promise<void> {
    await this.#ask({ interrupt: true });
  }

  /** Sends all cells at once, as "run all" does. */
  async queue(codes: readonly string[]): Promise<Outcome[]> {
    const answers = await this.#ask<{ reply: Content; messages: Message[] }[]>({ queue: codes });
    return answers.map((answer) => new Outcome(answer));
  }

  request<T>(type: string, content: object, channel = "shell"): Promise<{ type: string; reply: T }> {
    return this.#ask({ request: type, content, channel });
  }

  /** The processes of the launcher and of the kernel. */
  pids(): Promise<[launcher: number, kernel: number]> {
    return this.#ask({ pids: true });
  }

  /** Whether the kernel still runs after at most that many seconds. */
  alive(seconds: number): Promise<boolean> {
    return this.#ask({ alive: seconds });
  }

  async close(): Promise<void> {
    this.process.stdin.end();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await new Promise((done) => this.process.once("exit", done));
    }
    this.reader.close();
  }

  async #ask<T>(request: object): Promise<T> {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    return (await this.#next()) as T;
  }

  async #next(): Promise<unknown> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error("the test's client has ended");
    const answer: unknown = JSON.parse(value);
    if (typeof answer === "object" && answer !== null && "error" in answer)
      throw new Error(String(answer.error));
    return answer;
  }
}
