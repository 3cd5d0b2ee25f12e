import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Content, TestKernel } from "./testing/kernel";

let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start(tmpdir());
});

afterAll(() => kernel?.close());

describe("a cell", () => {
  test("announces its input with its number, and replies with the same", async () => {
    const first = await kernel.execute("const one: number = 1;");
    const count = first.reply.execution_count as number;
    expect(first.reply.status).toBe("ok");
    expect(first.all("execute_input")).toEqual([{ code: "const one: number = 1;", execution_count: count }]);
    const second = await kernel.execute("one + 1");
    expect(second.all("execute_input")[0].execution_count).toBe(count + 1);
    expect(second.all("execute_result")).toEqual([
      { data: { "text/plain": "2" }, metadata: {}, execution_count: count + 1 },
    ]);
    expect(second.messages.map(([type]) => type)).toEqual([
      "status",
      "execute_input",
      "execute_result",
      "status",
    ]);
  });

  test("that is silent has no number and no input", async () => {
    const before = (await kernel.execute("1")).reply.execution_count as number;
    const silent = await kernel.execute("1", { options: { silent: true } });
    expect(silent.messages.map(([type]) => type)).toEqual(["status", "status"]);
    expect((await kernel.execute("1")).reply.execution_count).toBe(before + 1);
  });

  test("prints thousands of lines from one synchronous loop, all of them, in order", async () => {
    const lines = 5000;
    const outcome = await kernel.execute(`for (let i = 0; i < ${lines}; i++) console.log("line", i);`);
    expect(outcome.text()).toBe(Array.from({ length: lines }, (_, i) => `line ${i}\n`).join(""));
    expect(outcome.reply.status).toBe("ok");
  });

  test("sends thousands of displays from one synchronous loop", async () => {
    const outcome = await kernel.execute(
      'import * as tslab from "tslab"; for (let i = 0; i < 2000; i++) tslab.display.text(String(i));',
    );
    expect(outcome.all("display_data").map(({ data }) => data?.["text/plain"])).toEqual(
      Array.from({ length: 2000 }, (_, i) => String(i)),
    );
  });

  test("prints while it runs, not at its end", async () => {
    const outcome = await kernel.execute(
      "for (let i = 0; i < 4; i++) { console.log(i); const end = Date.now() + 80; while (Date.now() < end) {} }",
    );
    expect(outcome.all("stream").length).toBeGreaterThan(2);
  });

  test("keeps the order of streams and displays", async () => {
    const outcome = await kernel.execute(
      'console.log("a"); console.error("b"); tslab.display.html("<b>c</b>"); process.stdout.write("d"); "e"',
    );
    expect(
      outcome.messages.slice(2, -1).map(([type, c]) => [type, c.text ?? Object.values(c.data ?? {})[0]]),
    ).toEqual([
      ["stream", "a\n"],
      ["stream", "b\n"],
      ["display_data", "<b>c</b>"],
      ["stream", "d"],
      ["execute_result", "'e'"],
    ]);
  });

  test("updates a display in place", async () => {
    const outcome = await kernel.execute('const d = tslab.newDisplay(); d.text("1"); d.text("2");');
    const [first] = outcome.all("display_data");
    const [update] = outcome.all("update_display_data");
    expect(first.transient?.display_id).toBeTruthy();
    expect(update.transient).toEqual(first.transient);
    expect(update.data).toEqual({ "text/plain": "2" });
  });

  test("shows a promise as one, without waiting for it", async () => {
    expect((await kernel.execute("new Promise<number>(() => {})")).value).toBe("Promise { <pending> }");
  });

  test("awaits at its top, in loops as well", async () => {
    const outcome = await kernel.execute(
      "async function* two() { yield 1; await null; yield 2; }\nfor await (const v of two()) console.log(v);\nawait Promise.resolve(3)",
    );
    expect(outcome.text()).toBe("1\n2\n");
    expect(outcome.value).toBe("3");
  });

  test("tells the display library that it is a kernel", async () => {
    const outcome = await kernel.execute(
      'import { display as show } from "./lib/notebook/kernel"; show({ "text/plain": "x", "image/svg+xml": "<svg/>" }, { id: "i" });',
    );
    expect(outcome.all("display_data")).toEqual([
      {
        data: { "text/plain": "x", "image/svg+xml": "<svg/>" },
        metadata: {},
        transient: { display_id: "i" },
      },
    ]);
  });
});

describe("run all", () => {
  test("stops at the first error: what was sent with it is aborted", async () => {
    const outcomes = await kernel.queue([
      'console.log("1")',
      'throw new Error("2")',
      'console.log("3")',
      "4",
    ]);
    expect(outcomes.map(({ reply }) => reply.status)).toEqual(["ok", "error", "aborted", "aborted"]);
    expect(outcomes[2].text()).toBe("");
    expect(outcomes[3].all("status").map((c) => c.execution_state)).toEqual(["busy", "idle"]);
  });

  test("goes on after an error that the client allows, and after one that was seen", async () => {
    await kernel.execute('throw new Error("seen")', { options: { stop_on_error: false } });
    expect((await kernel.execute("5")).value).toBe("5");
    await kernel.execute('throw new Error("seen")');
    expect((await kernel.execute("6")).value).toBe("6");
  });

  test("runs cells one after the other, async ones too", async () => {
    const wait = "await new Promise((r) => setTimeout(r, 50));";
    const outcomes = await kernel.queue([`let order = ""; ${wait} order += "a";`, 'order += "b"; order']);
    expect(outcomes[1].value).toBe("'ab'");
  });
});

describe("other requests", () => {
  test("kernel_info names the language", async () => {
    const { type, reply } = await kernel.request<Content & { language_info: object }>(
      "kernel_info_request",
      {},
    );
    expect(type).toBe("kernel_info_reply");
    expect(reply.status).toBe("ok");
    expect(reply.language_info).toMatchObject({
      name: "typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
    });
  });

  test("completion and inspection know earlier cells", async () => {
    await kernel.execute("const learningRate = 0.1;");
    const completed = await kernel.request<{ matches: string[] }>("complete_request", {
      code: "learni",
      cursor_pos: 6,
    });
    expect(completed.reply.matches).toContain("learningRate");
    const inspected = await kernel.request<{ data: Record<string, string> }>("inspect_request", {
      code: "learningRate",
      cursor_pos: 3,
      detail_level: 0,
    });
    expect(inspected.reply.data["text/plain"]).toContain("const learningRate: 0.1");
  });

  test.each([
    ["is_complete_request", { code: "function f() {" }, "is_complete_reply", { status: "incomplete" }],
    ["comm_info_request", {}, "comm_info_reply", { status: "ok", comms: {} }],
    ["history_request", { hist_access_type: "tail", n: 1 }, "history_reply", { status: "ok", history: [] }],
  ])("%s is answered", async (request, content, type, reply) => {
    const answer = await kernel.request<object>(request, content);
    expect(answer.type).toBe(type);
    expect(answer.reply).toMatchObject(reply);
  });
});
