import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sha256OfFile } from "../../data/hash";
import { tinyGguf } from "../../llm/generation/testing";
import { samplesOf } from "../../papers/olymmath/testing";
import { tf } from "../../tensor";
import { openServer } from "../serve";
import { evalScene } from "./testing";

type Sample = Awaited<ReturnType<typeof samplesOf>>[number];

/** What does not depend on how the model was asked. */
function answerOf({ key, seed, usage: { promptTokens, completionTokens }, ...rest }: Sample) {
  const answer = rest.status === "answered" ? [rest.text, rest.finishReason] : [rest.error];
  return [key, seed, promptTokens, completionTokens, ...answer];
}

/** To compile a model twice, on a busy machine. */
const MOST_MILLISECONDS = 300_000;

it("asks a model that reprise serve serves: the answers of the same file in this process", {
  timeout: MOST_MILLISECONDS,
}, async () => {
  await evalScene(async ({ run, mistake, folder, samples }) => {
    const file = join(folder, "Tiny.gguf");
    writeFileSync(file, tinyGguf({ maxPositions: 200 }));
    const before = tf.memory().numTensors;
    const asked = { n: "2", problems: "2", maxTokens: "8", temperature: "1", minP: "0.01" };
    // Samples are drawn by the model's name, too.
    const name = `tiny-${(await sha256OfFile(file)).slice(0, 8)}`;
    const printed: string[] = [];
    const server = await openServer({ model: file, name, port: "0", running: "2" }, (line) =>
      printed.push(line),
    );
    const out = join(folder, "served");
    const { code, text } = await run({ ...asked, model: server.url, concurrency: "12", out });
    expect(code).toBe(0);
    expect(text).toContain(
      `${name} on SYNTH-EN-EASY (2 problems), SYNTH-ZH-EASY (2 problems), 2 samples each`,
    );
    expect(text).toContain(`Model: ${server.url}\n`);
    expect(text).toMatch(/8 samples drawn; \d+ and 64 tokens/);
    const served = (await samplesOf(join(out, "samples.jsonl"))).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(served).toHaveLength(8);
    // The probe, or the first sample of a problem, has left its prompt in the server's cache.
    expect(served.filter(({ usage }) => usage.cachedTokens === usage.promptTokens).length).toBeGreaterThan(3);
    expect(await mistake({ ...asked, model: server.url, name: "huge" })).toMatch(
      new RegExp(`does not know the model huge: .* \\| --name takes one of: ${name}`),
    );
    await server.close();
    expect(printed).toEqual([`Loading ${file} ..`]); // no request failed for the server's fault
    await run({ ...asked, model: file, concurrency: "1" });
    expect(served.map(answerOf)).toEqual((await samples()).map(answerOf));
    const accuracy = (folder: string) =>
      JSON.parse(readFileSync(join(folder, "report.json"), "utf8")).sets.map(
        (set: { ref: object }) => set.ref,
      );
    expect(accuracy(out)).toEqual(accuracy(join(folder, "out")));
    expect(tf.memory().numTensors).toBe(before);
  });
});
