import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, TestKernel } from "./testing/kernel";

let kernel: TestKernel;
const notebookFolder = mkdtempSync(join(tmpdir(), "kernel-test-"));
const probes = join(root, "kernels/jupyter/build", `probe-${process.pid}`);
const probe = (name: string) => `./kernels/jupyter/build/probe-${process.pid}/${name}`;

beforeAll(async () => {
  mkdirSync(join(probes, "folder"), { recursive: true });
  kernel = await TestKernel.start(notebookFolder);
});

afterAll(async () => {
  await kernel?.close();
  rmSync(notebookFolder, { recursive: true, force: true });
  rmSync(probes, { recursive: true, force: true });
});

describe("the project's modules", () => {
  test("are imported from the project, wherever the notebook lies", async () => {
    const outcome = await kernel.execute(
      'import { nearestName } from "./lib/data/nearest"; [process.cwd(), nearestName("sed", ["seed", "rate"])]',
    );
    expect(outcome.value).toBe(`[ '${root}', 'seed' ]`);
  });

  test("are loaded anew when they or what they import has changed", async () => {
    const dep = join(probes, "dep.ts");
    writeFileSync(dep, "export const base: number = 1;\n");
    writeFileSync(
      join(probes, "main.ts"),
      'import { base } from "./dep";\nexport const next = (): number => base + 1;\n',
    );
    const use = `import { next } from "${probe("main")}"; next()`;
    expect((await kernel.execute(use)).value).toBe("2");
    writeFileSync(dep, "export const base: number = 10;\n");
    expect((await kernel.execute(use)).value).toBe("11");
    writeFileSync(dep, 'export const base: string = "no";\n');
    const { ename, traceback } = (await kernel.execute(use)).error;
    expect(ename).toBe("TypeScriptError");
    expect(traceback).toMatch(/main\.ts, line 2\n.*import \{ base \}.*\n-> {2}2 \| export const next/);
    writeFileSync(dep, "export const base: number = 20;\n");
    expect((await kernel.execute(use)).value).toBe("21");
  });

  test("are found when they appear after an import of them failed, and missed when they go", async () => {
    const use = `import { late } from "${probe("late")}"; late`;
    expect((await kernel.execute(use)).error.evalue).toContain("Cannot find module");
    writeFileSync(join(probes, "unrelated.ts"), "export {};\n");
    expect((await kernel.execute("1")).value).toBe("1");
    writeFileSync(join(probes, "late.ts"), "export const late = 5;\n");
    expect((await kernel.execute(use)).value).toBe("5");
    rmSync(join(probes, "late.ts"));
    expect((await kernel.execute(use)).error.evalue).toContain("Cannot find module");
  });

  test("may import each other, and be folders", async () => {
    writeFileSync(
      join(probes, "a.ts"),
      'import { b } from "./b";\nexport const a = (): string => "a" + b();\n',
    );
    writeFileSync(
      join(probes, "b.ts"),
      'import { a } from "./a";\nexport const b = (): string => (a.length === 0 ? "b" : "");\n',
    );
    writeFileSync(
      join(probes, "folder/index.ts"),
      'export * from "../a";\nexport { sep } from "node:path";\n',
    );
    const outcome = await kernel.execute(`import { a, sep } from "${probe("folder")}"; [a(), sep]`);
    expect(outcome.value).toBe("[ 'ab', '/' ]");
  });

  test("have the strict types they were written with", async () => {
    await kernel.execute('import { z } from "zod"; const schema = z.object({ seed: z.number() });');
    const { evalue } = (await kernel.execute("const config: z.infer<typeof schema> = {};")).error;
    expect(evalue).toContain("Property 'seed' is missing");
  });
});
