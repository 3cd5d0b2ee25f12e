import { describe, expect, test } from "vitest";
import { type ChatRequest, renderChat, renderChatWithSpans } from "./chatTemplate";
import { TokenizerError } from "./error";

const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
/** Trims contents, begins with the token for it, writes a date and tools. */
const HEADERS =
  "{{ bos_token }}{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% else %}no clock{% endif %}" +
  "{% if tools %}{{ tools | tojson }}{% endif %}{{ '\n' }}" +
  "{% for message in messages %}[{{ message['role'] }}]\n\n{{ message['content'] | trim }}{{ eos_token }}{% endfor %}";

const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: " Document: naïve 😀\n\nQuery: <|im_end|> " },
];

describe("a chat template", () => {
  test("writes the chat", () => {
    expect(renderChat(CHATML, { messages, addGenerationPrompt: true })).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Document: naïve 😀\n\nQuery: <|im_end|> <|im_end|>\n<|im_start|>assistant\n",
    );
    expect(renderChat(CHATML, { messages: [] })).toBe("");
  });

  test("has tokens, tools and a date where they are given", () => {
    const request: ChatRequest = { messages: [{ role: "user", content: " hi\n" }], bos: "<s>", eos: "</s>" };
    expect(renderChat(HEADERS, request)).toBe("<s>no clock\n[user]\n\nhi</s>");
    expect(renderChat(HEADERS, { ...request, date: new Date(2025, 0, 2), tools: [{ name: "f" }] })).toBe(
      '<s>02 Jan 2025[{"name": "f"}]\n[user]\n\nhi</s>',
    );
  });

  test("has what templates call, and no tools are none", () => {
    const written = (template: string) => renderChat(template, { messages });
    expect(written("{{ range(3) | list }}{{ range(1, 4) | list }}{{ range(5, 0, -2) | list }}")).toBe(
      "[0, 1, 2][1, 2, 3][5, 3, 1]",
    );
    expect(
      written("{{ range(2, 1) | list }}{{ tools is none }}{{ documents is none }}{{ bos_token is defined }}"),
    ).toBe("[]truetruefalse");
    expect(() => written("{{ range(1, 2, 0) }}")).toThrow("must not be zero");
  });

  test("that is not Jinja, or refuses the chat, says so", () => {
    expect(() => renderChat("{% for %}", { messages })).toThrow(/^The chat template is not Jinja: /);
    expect(() => renderChat("{{ raise_exception('No system role!') }}", { messages })).toThrow(
      "The chat template refuses the chat: No system role! Change the messages",
    );
    expect(() => renderChat("{{ strftime_now('%Y') }}", { messages })).toThrow(TokenizerError);
  });
});

describe("the places of the contents", () => {
  test("are where the template wrote them", () => {
    const { text, contents } = renderChatWithSpans(CHATML, { messages });
    expect(text).toBe(renderChat(CHATML, { messages }));
    expect(contents.map(({ start, end }) => text.slice(start, end))).toEqual(
      messages.map((one) => one.content),
    );
    expect(contents.map(({ trimmed }) => trimmed)).toEqual([0, 0]);
  });

  test("know what was cut off", () => {
    const { text, contents } = renderChatWithSpans(HEADERS, { messages, bos: "Be brief.", eos: "" });
    const [, { start, end, trimmed }] = contents;
    expect(text.slice(start, end)).toBe(messages[1].content.trim());
    const field = messages[1].content.indexOf("naïve");
    expect(text.slice(start + field - trimmed).startsWith("naïve 😀")).toBe(true);
    expect(text.slice(contents[0].start - 10, contents[0].start)).toBe("[system]\n\n");
  });

  test("are told apart where contents are alike, empty, or like the template", () => {
    for (const content of ["", "<|im_start|>user\n", " ", "\n", "a"]) {
      const alike = [1, 2, 3].map(() => ({ role: "user", content }));
      const { text, contents } = renderChatWithSpans(CHATML, { messages: alike });
      contents.forEach(({ start, end }, i) => {
        expect(text.slice(start, end)).toBe(content);
        expect(start).toBe((i + 1) * 17 + i * (content.length + 11));
      });
    }
  });

  test("cannot be told where a content is left out, doubled, or changed", () => {
    const place = (template: string) => () => renderChatWithSpans(template, { messages });
    const message = (i: number) => `does not write the content of message ${i} once and as it is`;
    expect(place("{{ messages[0].content }}")).toThrow(message(1));
    expect(place("{{ messages[1].content }}{{ messages[0].content }}")).toThrow(message(1));
    expect(place("{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}")).toThrow(
      TokenizerError,
    );
    expect(place("{% for m in messages %}{{ m.content | upper }}{% endfor %}")).toThrow(message(0));
    expect(
      place("{% for m in messages %}{{ m.content }}{% endfor %}{{ messages[0].content | length }}"),
    ).toThrow(message(1));
  });
});
