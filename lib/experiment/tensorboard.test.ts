import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LoggedMetrics } from "./metricsLog";
import { crc32c, writeEvents } from "./tensorboard";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "events-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["123456789", 0xe3069283],
  ["", 0],
])("CRC-32C of %j is the published check value", (text, expected) => {
  expect(crc32c(Buffer.from(text))).toBe(expected);
});

test("CRC-32C of 32 zeros, from RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

interface Field {
  readonly field: number;
  readonly value: number | Buffer;
}

/** The fields of a protocol-buffer message: numbers and bytes. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [field, type] = [key >> 3, key & 7];
    const length = type === 0 ? 0 : type === 1 ? 8 : type === 5 ? 4 : varint();
    const bytes = message.subarray(at, at + length);
    at += length;
    const read = [
      varint,
      () => bytes.readDoubleLE(),
      () => bytes,
      undefined,
      undefined,
      () => bytes.readFloatLE(),
    ];
    fields.push({ field, value: read[type]!() });
  }
  return fields;
}

/** The records of an event file, their checksums verified. */
function recordsOf(file: string): Buffer[] {
  const bytes = readFileSync(file);
  const unmasked = (at: number) => {
    const rotated = (bytes.readUInt32LE(at) - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(unmasked(at + 8)).toBe(crc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(unmasked(at + 12 + length)).toBe(crc32c(data));
    records.push(data);
    at += length + 16;
  }
  return records;
}

test("an event file holds the version, a summary a step, and the results", () => {
  const logged: LoggedMetrics[] = [
    { step: 1, time: 1000.5, values: { loss: 2.5, "validation NDCG@10": 0.25 } },
    { step: 300, time: 1001.5, values: { loss: 1.5 } },
  ];
  writeEvents(folder, logged, { ndcg: 0.125 });
  const [name] = readdirSync(folder);
  expect(name).toMatch(/^events\.out\.tfevents\.0000001000\./);
  const events = recordsOf(join(folder, name)).map((record) => {
    const of = (wanted: number) => fieldsOf(record).find(({ field }) => field === wanted)?.value;
    const summary = of(5) as Buffer | undefined;
    const values = (summary === undefined ? [] : fieldsOf(summary)).map(({ value }) => {
      const [tag, number] = fieldsOf(value as Buffer);
      return [tag.value.toString(), number.value];
    });
    return { time: of(1), step: of(2), version: of(3)?.toString(), values: Object.fromEntries(values) };
  });
  expect(events).toEqual([
    { time: 1000.5, step: 0, version: "brain.Event:2", values: {} },
    { time: 1000.5, step: 1, version: undefined, values: { loss: 2.5, "validation NDCG@10": 0.25 } },
    { time: 1001.5, step: 300, version: undefined, values: { loss: 1.5 } },
    { time: 1001.5, step: 300, version: undefined, values: { "results/ndcg": 0.125 } },
  ]);
});
