import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { createEventParser, formatEvent, readEvents, type ServerSentEvent } from "./serverSentEvents";

const encoder = new TextEncoder();

/** The events of a text in one piece. */
function parse(text: string): ServerSentEvent[] {
  return createEventParser().push(encoder.encode(text));
}

describe("createEventParser", () => {
  test.each([
    ["one line", "data: a\n\n", ["a"]],
    ["without the space", "data:a\n\n", ["a"]],
    ["of two spaces one is content", "data:  a\n\n", [" a"]],
    ["several data lines are one text", "data: a\ndata: b\ndata\ndata: c\n\n", ["a\nb\n\nc"]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["CR", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["line ends of all kinds", "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", ["a", "b", "c"]],
    ["comments and other fields", ": ping\n\nid: 7\nretry: 10\nfoo: bar\ndata: a\n\n:\n\n", ["a"]],
    ["no data, no event", "event: x\n\ndata: a\n\n", ["a"]],
    ["empty data is an event", "data\n\n", [""]],
    ["a colon in the data", 'data: {"a":"b: c"}\n\n', ['{"a":"b: c"}']],
    ["a byte order mark", "\ufeffdata: a\n\n", ["a"]],
    ["what the stream breaks off in", "data: a\n\ndata: b\n", ["a"]],
  ])("%s", (_, text, expected) => {
    expect(parse(text).map(({ data }) => data)).toEqual(expected);
  });

  test("names events, and forgets the name after each", () => {
    expect(parse("event: error\ndata: a\n\ndata: b\n\n")).toEqual([
      { event: "error", data: "a" },
      { event: "message", data: "b" },
    ]);
  });

  test("it is the same however the bytes are cut, within characters and within CRLF too", () => {
    const text = "\ufeff: hallo\r\ndata: größe 日本 🎉\r\ndata: x\rdata: y\n\r\nevent: e\r\ndata: 🦊\r\n\r\n";
    const bytes = encoder.encode(text);
    const whole = parse(text);
    expect(whole).toEqual([
      { event: "message", data: "größe 日本 🎉\nx\ny" },
      { event: "e", data: "🦊" },
    ]);
    const single = createEventParser();
    expect([...bytes].flatMap((byte) => single.push(Uint8Array.of(byte)))).toEqual(whole);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const parser = createEventParser();
      expect([...parser.push(bytes.subarray(0, cut)), ...parser.push(bytes.subarray(cut))]).toEqual(whole);
    }
    const random = createRandom(1);
    for (let round = 0; round < 200; round++) {
      const parser = createEventParser();
      const events: ServerSentEvent[] = [];
      for (let at = 0; at < bytes.length; ) {
        const next = at + random.integer(9);
        events.push(...parser.push(bytes.subarray(at, next)));
        at = next;
      }
      expect(events).toEqual(whole);
    }
  });

  test("refuses an event without end, but not a stream of comments", () => {
    const parser = createEventParser(100);
    for (let k = 0; k < 50; k++) parser.push(encoder.encode(": still thinking\n"));
    expect(parser.push(encoder.encode(`data: ${"x".repeat(90)}\n\n`))).toHaveLength(1);
    expect(parser.push(encoder.encode(`data: ${"x".repeat(90)}`))).toEqual([]);
    expect(() => parser.push(encoder.encode("xxxxx"))).toThrow(
      "An event of the stream is longer than 100 characters.",
    );
    const lines = createEventParser(100);
    expect(() => {
      for (let k = 0; k < 50; k++) lines.push(encoder.encode("data: x\n"));
    }).toThrow(/longer than 100/);
  });

  test("a long line in many parts takes time in proportion", () => {
    const parser = createEventParser();
    const part = encoder.encode("0123456789");
    parser.push(encoder.encode("data: "));
    for (let k = 0; k < 200_000; k++) parser.push(part);
    const [{ data }] = parser.push(encoder.encode("\n\n"));
    expect(data).toHaveLength(2_000_000);
  });
});

test("readEvents reads what formatEvent writes", async () => {
  async function* body() {
    yield encoder.encode(formatEvent('{"a":1}') + formatEvent("[DONE]"));
  }
  const events: string[] = [];
  for await (const { data } of readEvents(body())) events.push(data);
  expect(events).toEqual(['{"a":1}', "[DONE]"]);
});
