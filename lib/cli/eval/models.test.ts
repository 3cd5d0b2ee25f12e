import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sha256OfFile } from "../../data/hash";
import { tinyGguf } from "../../llm/generation/testing";
import { trainableWeights } from "../../llm/model";
import { inHouseModel, saveInHouse } from "../../papers/olymmath/synthetic";
import { disposeTree, tf } from "../../tensor";
import { evalScene } from "./testing";

/** To learn a vocabulary, and to compile a model for every size of a batch, on a busy machine. */
const MOST_MILLISECONDS = 300_000;

it("asks a model in a file, several samples side by side, the same again", {
  timeout: MOST_MILLISECONDS,
}, async () => {
  await evalScene(async ({ run, mistake, folder, samples, log }) => {
    const model = join(folder, "Tiny.gguf");
    writeFileSync(model, tinyGguf({ maxPositions: 200 }));
    const before = tf.memory().numTensors;
    const asked = { model, n: "1", maxTokens: "8", temperature: "1" };
    const name = `tiny-${(await sha256OfFile(model)).slice(0, 8)}`;
    const { code, text } = await run({ ...asked, concurrency: "3" });
    expect(code).toBe(0);
    expect(text).toContain(`${name} on SYNTH-EN-EASY`);
    expect(text).toContain(`Model: ${model}\n`);
    // The probe has told how fast it is.
    expect(text).toMatch(/Time: {5}at most \d+:\d\d/);
    const drawn = await samples();
    expect(drawn).toHaveLength(8);
    expect(drawn[0]).toMatchObject({ model: name, usage: { completionTokens: 8 } });
    renameSync(log, `${log}.first`);
    await run({ ...asked, concurrency: "8" });
    const texts = (all: typeof drawn) => all.map((one) => ("text" in one ? one.text : ""));
    expect(texts(await samples())).toEqual(texts(drawn));
    expect(await mistake({ ...asked, maxTokens: "200" })).toMatch(
      /room for 200 tokens, .* \| --max-tokens \d+/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("asks the in-house model made-up problems, and says what it is", {
  timeout: MOST_MILLISECONDS,
}, async () => {
  await evalScene(async ({ run, mistake, folder }) => {
    const weights = join(folder, "in-house.safetensors");
    const size = { width: 16, layers: 1, heads: 2, inner: 16, maxPositions: 320 };
    const made = inHouseModel(1, size);
    saveInHouse(weights, made);
    disposeTree(trainableWeights(made.model));
    const before = tf.memory().numTensors;
    const asked = { model: "in-house", weights, n: "1", problems: "2", maxTokens: "4" };
    const { code, text } = await run(asked);
    expect(code).toBe(0);
    expect(text).toMatch(/in-house-synthetic-[0-9a-f]{8} on SYNTH-EN-EASY \(2 problems\)/);
    expect(text).toMatch(/SYNTHETIC: .*\nIN-HOUSE MODEL: /);
    // It has never seen the benchmark's own problems: a set's name stands for the made-up set of that language and tier.
    const { text: hard } = await run({ ...asked, set: "EN-HARD" });
    expect(hard).toMatch(/on SYNTH-EN-HARD \(2 problems\)/);
    expect(hard).toContain("it is asked the made-up sets of these names");
    expect(text).not.toContain("of these names");
    const file = join(folder, "official.jsonl");
    const row = { problem: "1+1?", answer: "2", subject: "Algebra", unique_id: "OlymMATH-HARD-0-EN" };
    writeFileSync(file, `${JSON.stringify(row)}\n`);
    expect(await mistake({ ...asked, set: file })).toMatch(/made-up problems only/);
    const wrong = join(folder, "wrong");
    mkdirSync(wrong);
    writeFileSync(join(wrong, "w.safetensors"), "no weights");
    expect(await mistake({ ...asked, weights: join(wrong, "w.safetensors") })).toMatch(/w\.safetensors/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
