import { expect, it } from "vitest";
import { plainText, productText } from "./productText";

it("says title, categories, features and description in four sentences", () => {
  const product = {
    title: "Ukulele strings",
    categories: ["Musical Instruments", "Ukuleles"],
    features: ["Nylon.", "Set of 4."],
    description: ["Warm tone", "Made for soprano!"],
  };
  expect(productText(product)).toBe(
    "Ukulele strings. Musical Instruments, Ukuleles. Nylon. Set of 4. Warm tone Made for soprano!",
  );
  const bare = { title: "Pad", categories: [], features: [" "], description: ["<br>"] };
  expect(productText(bare)).toBe("Pad.");
  expect(productText({ ...bare, title: "" })).toBe("");
});

it("resolves entities once, then removes tags and what is not ASCII", () => {
  expect(plainText("Tom &amp; Jerry&#39;s &quot;best&quot; &#x41;&#66;")).toBe('Tom & Jerry\'s "best" AB');
  expect(plainText("&amp;lt;b&amp;gt;")).toBe("&lt;b&gt;"); // escaped twice: once is left
  expect(plainText("&lt;p class='x'&gt;one&lt;/p&gt;<br/>two<!-- a\nb -->three")).toBe("one two three");
  expect(plainText("3 < 4 and 5 > 2")).toBe("3 < 4 and 5 > 2");
  expect(plainText("caf\u00e9&nbsp;&eacute; \u65e5\u672c &trade;\u{1f3b8}!")).toBe("caf !");
  expect(plainText("a\r\n\tb  c &#0;&#9999999; AT&T; R&D")).toBe("a b c AT&T; R&D");
});
