import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sha256OfFile } from "../../data/hash";
import { tinyGguf } from "../../llm/generation/testing";
import { tf } from "../../tensor";
import { memoryServer, probeScene } from "./testing";

it("probes a model in a file, which rewrites as well, the same again", { timeout: 300_000 }, async () => {
  await probeScene(
    memoryServer(() => []),
    async ({ run, mistake, folder, results, rewritings, requests }) => {
      const model = join(folder, "Tiny.gguf");
      writeFileSync(model, tinyGguf({ maxPositions: 320 }));
      const sha256 = await sha256OfFile(model);
      const name = `tiny-${sha256.slice(0, 8)}`;
      const before = tf.memory().numTensors;
      const asked = { model, problems: "1", rewrites: "1", rewriteTokens: "6" };
      const { code, text } = await run(asked);
      expect(code).toBe(0);
      expect(text).toContain(`${name} on SYNTH-EN-EASY (1 problems)`);
      expect(text).toContain(`2 to write by ${name}, each of at most 6 tokens`);
      expect(rewritings().map((line) => JSON.parse(line))).toMatchObject([
        { rewriter: name, seed: 0, maxTokens: 6 },
        { rewriter: name, seed: 0, maxTokens: 6 },
      ]);
      const [first] = Object.values(results());
      expect(JSON.parse(first)).toMatchObject({ model: { name, place: model, sha256 }, rewriter: { name } });
      await run(asked);
      const undated = (json: string) => json.replace(/"date": .*/, "");
      expect(Object.values(results()).map(undated)).toEqual([undated(first)]);
      expect(requests).toHaveLength(0);
      expect(await mistake({ ...asked, rewriteTokens: "300" })).toMatch(
        new RegExp(`${name} gives no answer: .*maximum context length is 320`),
      );
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
