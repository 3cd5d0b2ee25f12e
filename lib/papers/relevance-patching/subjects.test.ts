import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { DataError } from "../../data/error";
import { findManifest, layoutFolder } from "../../data/manifest";
import { tf } from "../../tensor";
import { candidatePairs } from "./candidates";
import { relevanceConfig } from "./config";
import { factRows } from "./factRows";
import { difference, judge } from "./patching/subject";
import { type LoadedSubject, loadSubject } from "./subjects";

describe("the small model", () => {
  let loaded: LoadedSubject;
  beforeAll(async () => {
    loaded = await loadSubject("small");
  });
  afterAll(() => loaded.dispose());
  const prompts = () => {
    const config = relevanceConfig("smoke", { negatives: "hard", documentTokens: 200 });
    return candidatePairs(factRows(12, 1), loaded.format, config, 1).candidates.map(({ pair }) => pair);
  };

  it("answers with the tokens yes and no, asked in its chat template", () => {
    const { subject, format } = loaded;
    const { yes, no, split } = subject.answers;
    expect([yes, no].map((id) => format.tokenizer.decode([id]))).toEqual(["yes", "no"]);
    expect(split).toEqual([]);
    expect(format.render("Is it?").text).toBe("<|im_start|>user\nIs it?<|im_end|>\n<|im_start|>assistant\n");
    expect(format.bos).toBe(false);
  });

  it("answers otherwise to another document, by more than rounding and not always in one direction", () => {
    const pairs = prompts();
    const answers = judge(
      loaded.subject,
      pairs.flatMap(({ clean, corrupted }) => [clean, corrupted]),
    ).map(difference);
    const distances = pairs.map((_, i) => answers[2 * i] - answers[2 * i + 1]);
    for (const distance of distances) expect(Math.abs(distance)).toBeGreaterThan(1e-3);
    expect(distances.some((distance) => distance > 0.5)).toBe(true);
    expect(distances.some((distance) => distance < -0.5)).toBe(true);
  });

  it("is the same each time, and frees its weights", async () => {
    const some = prompts().map(({ clean }) => clean);
    const before = tf.memory().numTensors;
    const again = await loadSubject("small");
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    expect(judge(again.subject, some)).toEqual(judge(loaded.subject, some));
    again.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("what cannot be loaded", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(os.tmpdir(), "relevance-subjects-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => vi.unstubAllEnvs());

  it("is a file that is not there", async () => {
    await expect(loadSubject(join(folder, "missing.gguf"))).rejects.toThrow(/missing\.gguf/);
  });
  it("is a file that is no model", async () => {
    const path = join(folder, "text.gguf");
    writeFileSync(path, "once upon a time there was no model in this file\n");
    await expect(loadSubject(path)).rejects.toThrow(/text\.gguf/);
  });
  it("is a copy of SmolLM2 with another content", async () => {
    const manifest = findManifest("smollm2-135m-instruct");
    for (const [layout, { files }] of Object.entries(manifest.layouts)) {
      mkdirSync(join(folder, layoutFolder(manifest, layout)), { recursive: true });
      for (const { name } of files) writeFileSync(join(folder, layoutFolder(manifest, layout), name), "GGUF");
    }
    vi.stubEnv("REPRISE_DATA", folder);
    await expect(loadSubject("smollm2")).rejects.toThrow(DataError);
  });
});
