import { writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import type { LoggedMetrics } from "./metricsLog";

/**
 * TensorBoard's event files: a sequence of records, each a length, a checksum of it, a protocol-buffer `Event`, and a checksum of that.
 * @see tensorflow/core/lib/io/record_writer.h (framing), tensorflow/core/util/event.proto and framework/summary.proto (field numbers)
 */

/**
 * Writes the logged metrics of a run as curves, and its results as single points, for `npx reprise tensorboard`.
 * @param folder  of the run: the file's name is as TensorBoard looks for it
 */
export function writeEvents(
  folder: string,
  logged: readonly LoggedMetrics[],
  results: Readonly<Record<string, number>>,
): void {
  const start = logged[0]?.time ?? Date.now() / 1000;
  const last = logged.at(-1) ?? { step: 0, time: start };
  const records = [
    event(start, 0, bytesField(3, Buffer.from("brain.Event:2"))),
    ...logged.map(({ step, time, values }) => event(time, step, summary(values))),
    event(
      last.time,
      last.step,
      summary(Object.fromEntries(Object.entries(results).map(([name, value]) => [`results/${name}`, value]))),
    ),
  ];
  const name = `events.out.tfevents.${String(Math.floor(start)).padStart(10, "0")}.${os.hostname()}`;
  writeFileSync(join(folder, name), Buffer.concat(records.map(framed)));
}

/** Event: wall_time = 1, step = 2, then what happened. */
function event(time: number, step: number, content: Buffer): Buffer {
  return Buffer.concat([doubleField(1, time), varint((2 << 3) | 0), varint(step), content]);
}

/** Event.summary = 5, of Summary.value = 1 with tag = 1 and simple_value = 2. */
function summary(values: Readonly<Record<string, number>>): Buffer {
  const all = Object.entries(values).map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), floatField(2, value)])),
  );
  return bytesField(5, Buffer.concat(all));
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | 1), bytes]);
}

function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
}

/** A whole number, seven bits a byte, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function framed(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedChecksum(length), data, maskedChecksum(data)]);
}

function maskedChecksum(data: Uint8Array): Buffer {
  const checksum = crc32c(data);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE((((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0);
  return bytes;
}

/** CRC-32C: the reflected polynomial of Castagnoli. */
const CASTAGNOLI = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CASTAGNOLI : value >>> 1;
  return value;
});

export function crc32c(data: Uint8Array): number {
  let checksum = 0xffffffff;
  for (const byte of data) checksum = table[(checksum ^ byte) & 0xff] ^ (checksum >>> 8);
  return (checksum ^ 0xffffffff) >>> 0;
}
