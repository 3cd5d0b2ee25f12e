/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  /** "message" where the stream names none. */
  readonly event: string;
  /** The data lines, joined by line feeds. */
  readonly data: string;
}

export interface EventParser {
  /** The events that these bytes complete. @throws RangeError where one event is longer than allowed */
  push(bytes: Uint8Array): ServerSentEvent[];
}

/** Characters of one event: far more than a token with its alternatives needs, far less than would exhaust memory. */
const LONGEST_EVENT = 8 * 1024 * 1024;

/**
 * Parses server-sent events from bytes that are cut anywhere: within a character, or between the CR and the LF of a line's end. Lines end in LF, CR or
 * CRLF; a byte order mark, comments and fields that the protocol does not need are skipped. An event that the stream breaks off in is none.
 * @see WHATWG, HTML Living Standard, section 9.2.6 "Interpreting an event stream"
 */
export function createEventParser(longest = LONGEST_EVENT): EventParser {
  const decoder = new TextDecoder(); // drops a byte order mark at the start
  let line = "";
  let afterReturn = false;
  let event = "";
  let data: string[] = [];
  let length = 0;

  function grow(text: string): void {
    length += text.length;
    if (length > longest)
      throw new RangeError(`An event of the stream is longer than ${longest} characters.`);
    line += text;
  }

  /** @returns the event that an empty line completes */
  function endLine(): ServerSentEvent | undefined {
    const ended = line;
    line = "";
    if (ended === "") {
      const complete = data.length === 0 ? undefined : { event: event || "message", data: data.join("\n") };
      event = "";
      data = [];
      length = 0;
      return complete;
    }
    const colon = ended.indexOf(":");
    const field = colon < 0 ? ended : ended.slice(0, colon);
    const value = colon < 0 ? "" : ended.slice(ended[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else length -= ended.length; // a comment, an id or a time to wait: a stream of nothing else may go on for ever
    return undefined;
  }

  return {
    push(bytes) {
      const events: ServerSentEvent[] = [];
      let text = decoder.decode(bytes, { stream: true });
      if (text === "") return events;
      if (afterReturn && text[0] === "\n") text = text.slice(1);
      afterReturn = text === "" ? false : text.endsWith("\r");
      let from = 0;
      for (const { 0: ending, index = 0 } of text.matchAll(/\r\n|\n|\r/g)) {
        grow(text.slice(from, index));
        from = index + ending.length;
        const complete = endLine();
        if (complete) events.push(complete);
      }
      grow(text.slice(from));
      return events;
    },
  };
}

/** The events of a body, in order. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const parser = createEventParser();
  for await (const bytes of body) yield* parser.push(bytes);
}

/** One event as text; `data` is one line, as JSON without indentation is. */
export function formatEvent(data: string): string {
  return `data: ${data}\n\n`;
}
