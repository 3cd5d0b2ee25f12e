import { z } from "zod";
import { digest, type Json } from "../../../experiment/identity";

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(json)]),
);

/** How completions are drawn: all of it is part of a sample's identity. */
export const settingsSchema = z
  .object({
    temperature: z.number().min(0),
    topP: z.number().positive().max(1),
    minP: z.number().min(0).max(1),
    /** Of a completion, thoughts included. */
    maxTokens: z.number().int().positive(),
    /** Another one gives other samples. */
    seed: z.number().int(),
    /** More fields of a request, as the server calls them; null takes a field away. */
    extra: z.record(json).optional(),
  })
  .strict();

export type SampleSettings = z.infer<typeof settingsSchema>;

/** @see OlymMATH, evaluation setting: local models */
export const PUBLISHED_SETTINGS: SampleSettings = {
  temperature: 0.6,
  topP: 0.95,
  minP: 0,
  maxTokens: 32_768,
  seed: 0,
};

/** Samples of a problem. @see OlymMATH, evaluation setting */
export const PUBLISHED_SAMPLES = { local: 64, api: 8 } as const;

/** A name of the settings. */
export function settingsId(settings: SampleSettings): string {
  return digest(settings).slice(0, 16);
}
