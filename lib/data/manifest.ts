import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { DataError } from "./error";
import { nearestName } from "./nearest";
import { projectRoot } from "./root";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits");
/** A plain name: a manifest never writes outside its data set's folder. */
const plainName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "must be a plain file name");

const file = z
  .object({
    name: plainName,
    role: z.enum(["interactions", "items", "users", "model", "relevance", "problems"]),
    bytes: z.number().int().positive().optional(),
    /**
     * Left out only where it is not known: the file then comes from an archive that is verified by hash, and says its size, which is
     * all that a copy can be checked by, beside its rows.
     */
    sha256: sha256.optional(),
    /**
     * The origin publishes neither size nor hash. The file is checked by its rows, and by its own checksum where it is a gzip file; the hash of
     * the first download is recorded beside it, and holds from then on.
     */
    unpublished: z.literal(true).optional(),
  })
  .strict();

/** Formats that hold no log of interactions, and the one role that their files have. */
const OWN_ROLES: Partial<Record<string, z.infer<typeof file>["role"]>> = {
  gguf: "model",
  "relevance-jsonl": "relevance",
  "problems-jsonl": "problems",
};

const layout = z
  .object({
    /** Which parser reads it. A model's weights ("gguf") are read by `lib/llm`. */
    format: z.enum([
      "recbole",
      "movielens-100k",
      "movielens-1m",
      "s3rec",
      "amazon-2023-5core",
      "amazon-2023-reviews",
      "gguf",
      "relevance-jsonl",
      "problems-jsonl",
    ]),
    /** Its folder under a data root; default the data set's name. Data sets may share one. */
    folder: plainName.optional(),
    files: z.array(file).min(1),
  })
  .strict();

const archive = {
  title: z.string().min(1),
  bytes: z.number().int().positive(),
  sha256,
  /** The layout that this archive gives. */
  layout: z.string(),
  /** For each file of the layout, its path inside the archive. */
  members: z.record(plainName, z.string().min(1)),
};

const source = z.discriminatedUnion("kind", [
  /** A zip file at an address. */
  z
    .object({
      kind: z.literal("zip"),
      url: z.string().url(),
      md5: z.string().length(32).optional(),
      ...archive,
    })
    .strict(),
  /** A wheel on PyPI, fetched by pip, so that the user's own index, proxy and certificates are honoured. */
  z
    .object({
      kind: z.literal("pypi"),
      package: plainName,
      version: z.string().min(1),
      wheel: plainName,
      ...archive,
    })
    .strict(),
  /** Plain files, each at its address; their sizes and hashes are those of the layout. */
  z
    .object({
      kind: z.literal("files"),
      title: z.string().min(1),
      /** The layout that these files make. */
      layout: z.string(),
      /** The address of each file of the layout. */
      urls: z.record(plainName, z.string().url()),
    })
    .strict(),
]);

const manifestSchema = z
  .object({
    name: plainName,
    title: z.string().min(1),
    description: z.string().min(1),
    homepage: z.string().url(),
    licence: z.object({ name: z.string().min(1), url: z.string().url(), terms: z.string().min(1) }).strict(),
    citation: z.string().min(1),
    /** False: the log says only the order of a user's events. */
    timestamps: z.boolean().default(true),
    /** The forms in which the data set exists, best first; one complete form is enough. */
    layouts: z.record(plainName, layout),
    /** Where to get it, tried in this order: the origin first. */
    sources: z.array(source).min(1),
  })
  .strict()
  .superRefine((manifest, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: z.ZodIssueCode.custom, path, message });
    manifest.sources.forEach((entry, k) => {
      const files = manifest.layouts[entry.layout]?.files.map(({ name }) => name).sort();
      const field = entry.kind === "files" ? "urls" : "members";
      const given = Object.keys(entry.kind === "files" ? entry.urls : entry.members).sort();
      if (files === undefined || files.join() !== given.join()) {
        complain(["sources", k, field], `must be the files of layout "${entry.layout}"`);
      }
    });
    for (const [name, { format, files }] of Object.entries(manifest.layouts)) {
      if (format === "s3rec" && manifest.timestamps) {
        complain(["timestamps"], `must be false: format "${format}" has no timestamps`);
      }
      files.forEach(({ role }, k) => {
        const own = OWN_ROLES[format];
        if (own === undefined ? Object.values(OWN_ROLES).includes(role) : role !== own)
          complain(["layouts", name, "files", k, "role"], `must not be "${role}" in format "${format}"`);
      });
      const kinds = manifest.sources.filter(({ layout }) => layout === name).map(({ kind }) => kind);
      files.forEach(({ sha256, bytes, unpublished }, k) => {
        const field = ["layouts", name, "files", k];
        if (unpublished) {
          if (sha256 !== undefined || bytes !== undefined)
            complain([...field, "unpublished"], "must be left out where size or hash is known");
          if (kinds.some((kind) => kind !== "files"))
            complain([...field, "unpublished"], "is not for the files of an archive, which have a size");
          return;
        }
        if (sha256 === undefined && (kinds.length === 0 || kinds.includes("files"))) {
          complain([...field, "sha256"], "may be missing only where every source of the file is an archive");
        }
        if (bytes === undefined && (sha256 === undefined || kinds.includes("files"))) {
          complain([...field, "bytes"], "is needed for a file without a hash, or fetched by itself");
        }
      });
    }
  });

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = z.infer<typeof file>;
export type ManifestSource = z.infer<typeof source>;
export type ZipSource = Extract<ManifestSource, { kind: "zip" }>;
export type PypiSource = Extract<ManifestSource, { kind: "pypi" }>;
export type FilesSource = Extract<ManifestSource, { kind: "files" }>;
export type Format = z.infer<typeof layout>["format"];

/** The folder of a layout, relative to a data root. */
export function layoutFolder({ name, layouts }: Manifest, layout: string): string {
  return layouts[layout].folder ?? name;
}

/** How many bytes a source sends; undefined where the origin does not say. */
export function sourceBytes({ layouts }: Manifest, source: ManifestSource): number | undefined {
  if (source.kind !== "files") return source.bytes;
  const { files } = layouts[source.layout];
  return files.reduce<number | undefined>(
    (sum, { bytes }) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );
}

/** Reads and validates one manifest. @throws DataError that names the file and the field */
export function readManifest(path: string): Manifest {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `The manifest cannot be read: ${reason}.`,
      { file: path },
      "Mend or restore the file.",
    );
  }
  const result = manifestSchema.safeParse(content);
  if (!result.success) {
    const { path: field, message } = result.error.issues[0];
    throw new DataError(`${message}.`, { file: path, field: field.join(".") }, "Mend the manifest.");
  }
  const expected = basename(path, ".json");
  if (result.data.name !== expected) {
    const problem = `The name is "${result.data.name}", the file's is "${expected}".`;
    throw new DataError(problem, { file: path, field: "name" }, "Make them the same.");
  }
  return result.data;
}

/** Where manifests lie in the project. */
export function manifestFolder(): string {
  return join(projectRoot(), "data");
}

/** Names of all data sets that have a manifest, in alphabetical order. */
export function manifestNames(folder = manifestFolder()): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
}

/** The data sets that are logs of interactions: neither the weights of models, nor queries with documents, nor problems. */
export function interactionLogNames(folder = manifestFolder()): string[] {
  return manifestNames(folder).filter((name) =>
    Object.values(findManifest(name, folder).layouts).every(({ format }) => !(format in OWN_ROLES)),
  );
}

/** The manifest of a data set by its name. @throws DataError on an unknown name, with the nearest known one */
export function findManifest(name: string, folder = manifestFolder()): Manifest {
  const known = manifestNames(folder);
  if (!known.includes(name)) throw unknownDataset(name, known);
  return readManifest(join(folder, `${name}.json`));
}

/** The error for a name that no data set has. */
export function unknownDataset(name: string, known: readonly string[]): DataError {
  const guess = nearestName(name, known);
  const hint = guess === undefined ? "" : `Did you mean "${guess}"? `;
  return new DataError(`There is no data set "${name}".`, {}, `${hint}Known: ${known.join(", ")}.`);
}
