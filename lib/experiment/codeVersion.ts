import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type ts from "typescript";
import { projectRoot } from "../data/root";

/** Loaded at its first use: a worker is told the version, and the compiler takes longer to load than a small run. */
const compiler = (): typeof ts => require("typescript");

const versions = new Map<string, string>();

/**
 * The version of the code behind an experiment: 12 hexadecimal digits of the SHA-256 over its module, all modules of the project
 * that it imports, directly or not, and the packages that it takes from outside with the versions that package-lock.json pins.
 * Comments and layout do not count: a better comment makes no run obsolete.
 * @param entry  the experiment's module, relative to the project's folder
 */
export function codeVersion(entry: string, root: string = projectRoot()): string {
  const key = join(root, entry);
  let version = versions.get(key);
  if (version === undefined) {
    version = computeVersion(entry, root);
    versions.set(key, version);
  }
  return version;
}

function computeVersion(entry: string, root: string): string {
  const packages = new Set<string>();
  const modules = new Map<string, string>();
  const pending = [join(root, entry)];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (modules.has(file)) continue;
    const text = readFileSync(file, "utf8");
    modules.set(file, hashOfTokens(file, text));
    for (const { fileName } of compiler().preProcessFile(text, true, true).importedFiles) {
      if (fileName.startsWith(".")) pending.push(resolveModule(file, fileName));
      else if (!fileName.startsWith("node:")) packages.add(packageOf(fileName));
    }
  }
  const sources = [...modules].map(([file, hash]) => `${relative(root, file)} ${hash}`).sort();
  const pinned = [...packages].sort().map((name) => `${name} ${pinnedVersion(name, root)}`);
  return createHash("sha256")
    .update([...sources, ...pinned].join("\n"))
    .digest("hex")
    .slice(0, 12);
}

/** A hash of a module's tokens: without comments and white space, but with all that stands in strings, templates and patterns. */
function hashOfTokens(file: string, text: string): string {
  const { createSourceFile, isJSDoc, ScriptTarget } = compiler();
  const hash = createHash("sha256");
  const source = createSourceFile(file, text, ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (isJSDoc(node)) return;
    const children = node.getChildren(source);
    if (children.length > 0) children.forEach(visit);
    else hash.update(node.getText(source)).update("\0");
  };
  visit(source);
  return hash.digest("hex");
}

function resolveModule(from: string, specifier: string): string {
  const base = join(dirname(from), specifier);
  const candidates = [base, `${base}.ts`, join(base, "index.ts")];
  const found = candidates.find((path) => existsSync(path) && statSync(path).isFile());
  if (found === undefined) throw new Error(`${from} imports ${specifier}, and there is no such module.`);
  return found;
}

/** "@scope/name" or "name" of an import of a package. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function pinnedVersion(name: string, root: string): string {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return packages[`node_modules/${name}`]?.version ?? "not in package-lock.json";
}
