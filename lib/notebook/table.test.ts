import { table } from "arquero";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type DisplayWriter, setDisplayWriter } from "./kernel";
import { meanStd, showTable, tableBundle, tableMarkdown, tableText } from "./table";

const rows = [
  { model: "T2ARec", ndcg: [0.07, 0.074], items: 1016, paper: 0.0733 },
  { model: "SASRec", ndcg: { mean: 0.0715, std: 0.0021 }, items: 1016, paper: null },
];
const columns = ["model", { column: "ndcg", title: "NDCG@10", best: "highest" as const }, "items", "paper"];

afterEach(() => setDisplayWriter(undefined));

describe("meanStd", () => {
  it("gives mean and sample deviation, and of one measurement only the number", () => {
    expect(meanStd([0.07, 0.074])).toBe("0.0720 ± 0.0028");
    expect(meanStd({ mean: 12.345, std: 0.5 }, 1)).toBe("12.3 ± 0.5");
    expect(meanStd([0.07])).toBe("0.0700");
    expect(meanStd([])).toBe("–");
  });
});

describe("tables", () => {
  it("align as text", () => {
    expect(tableText(rows, { columns, caption: "Test split" })).toBe(
      [
        "Test split",
        "model           NDCG@10  items   paper",
        "------  ---------------  -----  ------",
        "T2ARec  0.0720 ± 0.0028  1,016  0.0733",
        "SASRec  0.0715 ± 0.0021  1,016       –",
      ].join("\n"),
    );
  });

  it("become Markdown, with the best in bold and pipes escaped", () => {
    expect(tableMarkdown(rows, { columns }).split("\n").slice(0, 3)).toEqual([
      "| model | NDCG@10 | items | paper |",
      "| --- | ---: | ---: | ---: |",
      "| T2ARec | **0.0720 ± 0.0028** | 1,016 | 0.0733 |",
    ]);
    expect(tableMarkdown([{ "a|b": "c|d\ne" }])).toBe("| a\\|b |\n| --- |\n| c\\|d e |");
  });

  it("become plain HTML, escaped, without scripts", () => {
    const html = tableBundle([{ name: "<script>x</script>", value: 1 }], { caption: "a & b" })["text/html"];
    expect(html).toContain("&lt;script&gt;x&lt;/script&gt;");
    expect(html).toContain("a &amp; b");
    expect(html).not.toContain("<script");
    expect(html).toContain('<td style="text-align:right">1</td>');
  });

  it("mark the lowest where that is best, and every tie", () => {
    const losses = [{ loss: 0.5 }, { loss: 0.25 }, { loss: 0.25 }, { loss: Number.NaN }];
    const text = tableMarkdown(losses, { columns: [{ column: "loss", best: "lowest", digits: 2 }] });
    expect(text.split("\n").slice(2)).toEqual(["| 0.50 |", "| **0.25** |", "| **0.25** |", "| NaN |"]);
  });

  it("take Arquero tables and formats of one's own", () => {
    const shares = table({ share: [0.25, 0.5] });
    const format = (value: unknown) => `${Number(value) * 100} %`;
    expect(tableText(shares, { columns: [{ column: "share", format }] })).toBe("share\n-----\n 25 %\n 50 %");
  });

  it("name the columns there are", () => {
    expect(() => tableText(rows, { columns: ["modle"] })).toThrow(
      'no column "modle"; there are: model, ndcg, items, paper',
    );
    expect(tableText([], { columns: ["model"] })).toBe("model\n-----");
  });

  it("are shown as one output in three forms", () => {
    const writer = vi.fn<DisplayWriter>();
    setDisplayWriter(writer);
    showTable(rows);
    expect(Object.keys(writer.mock.calls[0][0].data)).toEqual(["text/html", "text/markdown", "text/plain"]);
  });
});
