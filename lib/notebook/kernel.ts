/** The bridge to the notebook's kernel: is there one, who is watching, and how a display reaches it. */
import { writeFileSync } from "node:fs";

/** What a display shows, by MIME type; front ends take the richest they know. */
export type MimeBundle = Readonly<Record<string, unknown>>;

interface DisplayMessage {
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly transient: { readonly display_id?: string };
}

/** Sends `display_data`, or `update_display_data` where `update` is true. */
export type DisplayWriter = (message: DisplayMessage, update: boolean) => void;

let substitute: DisplayWriter | undefined;

/** Puts another writer in the kernel's place (tests, other front ends); undefined puts the kernel back. */
export function setDisplayWriter(writer: DisplayWriter | undefined): void {
  substitute = writer;
}

/** The kernel's writer; undefined where this process is no kernel, or no cell has run yet. */
function displayWriter(): DisplayWriter | undefined {
  if (substitute !== undefined) return substitute;
  // Loading tslab costs half a second: only where the process is a kernel.
  if (process.env["REPRISE_KERNEL"] !== "1" && !("__tslab__" in globalThis)) return undefined;
  const jupyter = require("tslab/dist/jupyter") as { readonly lastWriteDisplayData: DisplayWriter | null };
  return jupyter.lastWriteDisplayData ?? undefined;
}

/** True in a cell of a notebook. */
export function inKernel(): boolean {
  return displayWriter() !== undefined;
}

/** True where the notebook is executed without a reader (papermill, nbclient): its outputs are for a file. */
export function isHeadless(): boolean {
  return process.env["REPRISE_HEADLESS"] === "1";
}

export interface DisplayOptions {
  /** Name of the output, for updating it later. */
  readonly id?: string;
  /** Replace the output of that id instead of adding one. */
  readonly update?: boolean;
}

/** What executes a notebook in a terminal sees no update of a display: it reads the last one's words in the file that it names here. */
function tellRunner(text: unknown): void {
  const file = process.env["REPRISE_PROGRESS_FILE"];
  if (file === undefined || typeof text !== "string") return;
  try {
    writeFileSync(file, text);
  } catch {
    // The runner is gone; the notebook goes on without it.
  }
}

/** Shows a bundle in the running cell; elsewhere prints its text/plain. */
export function display(data: MimeBundle, { id, update = false }: DisplayOptions = {}): void {
  const writer = displayWriter();
  if (id !== undefined) tellRunner(data["text/plain"]);
  if (writer !== undefined) {
    writer({ data, metadata: {}, transient: id === undefined ? {} : { display_id: id } }, update);
    return;
  }
  const text = data["text/plain"];
  if (typeof text === "string") console.log(text);
}
