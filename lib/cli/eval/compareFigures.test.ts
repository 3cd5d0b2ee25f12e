import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCompare } from "./compare";
import { evalScene } from "./testing";

it("eval draws figures beside its report, and compare beside its own", async () => {
  await evalScene(async ({ run, folder, set }) => {
    const [english] = set.split(",");
    const [one, two] = ["one", "two"].map((name) => join(folder, name));
    const { text } = await run({ n: "1", set: english, figures: true, out: one });
    expect(readdirSync(join(one, "figures")).sort()).toEqual(
      ["curves", "lengths-EN-EASY"].flatMap((name) => ["json", "png", "svg"].map((end) => `${name}.${end}`)),
    );
    expect(text).toContain(join(one, "figures", "curves.svg"));
    const [, link] = /\]\((figures\/curves.*)\)/.exec(readFileSync(join(one, "report.md"), "utf8"))!;
    expect(readFileSync(join(one, link), "utf8")).toMatch(/^<svg/);
    await run({ n: "1", seed: "1", out: two });
    await run({ n: "1", out: one });
    const lines: string[] = [];
    const out = join(folder, "compared");
    await runCompare("olymmath", [one, two], { out }, { print: (line) => lines.push(line), resamples: 20 });
    expect(lines[0]).toMatch(/^SYNTHETIC: /);
    expect(lines[0]).toMatch(/^EN-EASY +able \([0-9a-f]{8}\) +4 /m);
    expect(readdirSync(join(out, "figures")).sort()).toEqual([
      "languages.json",
      "languages.png",
      "languages.svg",
    ]);
    expect(readFileSync(join(out, "comparison.md"), "utf8")).toContain("](figures/languages.svg)");
  });
});
