import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestKernel } from "./testing/kernel";

let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start(tmpdir());
});

afterAll(() => kernel?.close());

describe("variables of earlier cells", () => {
  test("are reached by shorthand, in records, calls and assignments", async () => {
    await kernel.execute("let seed = 3; let rate = 0.5;");
    expect((await kernel.execute("({ seed, rate })")).value).toBe("{ seed: 3, rate: 0.5 }");
    expect((await kernel.execute("const f = (r: { seed: number }) => r.seed; f({ seed })")).value).toBe("3");
    await kernel.execute("({ seed, rate = 7 } = { seed: 4 } as { seed: number; rate?: number });");
    expect((await kernel.execute("[seed, rate]")).value).toBe("[ 4, 7 ]");
    const inner = await kernel.execute("[1].map((seed) => ({ seed, rate }))");
    expect(inner.value).toBe("[ { seed: 1, rate: 7 } ]");
  });

  test("can be assigned, imported names included", async () => {
    await kernel.execute('import { join } from "node:path";');
    expect((await kernel.execute('join("a", "b")')).value).toBe("'a/b'");
    await kernel.execute("let join = 1;");
    expect((await kernel.execute("join += 1; join")).value).toBe("2");
  });

  test("stay when a later cell fails, and so does what that cell got done", async () => {
    await kernel.execute("let kept = 1; let done = 0;");
    await kernel.execute(
      "let history = [1, 2]; done = 5; throw new Error('half-way'); let kept = 2; const never = 3;",
    );
    expect((await kernel.execute("[kept, done, history.length]")).value).toBe("[ 1, 5, 2 ]");
    const { ename, evalue } = (await kernel.execute("never + 1")).error;
    expect(ename).toBe("ReferenceError");
    expect(evalue).toMatch(/^never has no value: Cell In\[\d+\] failed before it was assigned\.$/);
    expect((await kernel.execute("const never = 4; never")).value).toBe("4");
  });

  test("keep their types", async () => {
    await kernel.execute("interface Row { user: number } const rows: Row[] = [{ user: 1 }];");
    const { ename, evalue } = (await kernel.execute("rows[0].item")).error;
    expect(ename).toBe("TypeScriptError");
    expect(evalue).toBe("Property 'item' does not exist on type 'Row'. (TS2339)");
  });
});
