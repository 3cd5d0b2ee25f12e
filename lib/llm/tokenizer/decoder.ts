import type { DecodeOptions, StreamDecoder, Tokenizer } from "./tokenizer";
import { utf8Decoder } from "./utf8";
import type { Vocabulary } from "./vocabulary";

/** Ids to bytes to text. A character may be spread over several tokens, so that bytes are joined before they are read. */
export function tokenDecoder({
  size,
  special,
  bytes,
  offsets,
}: Vocabulary): Pick<Tokenizer, "decode" | "streamDecoder" | "tokenBytes"> {
  const isControl = new Uint8Array(size);
  for (const { id, control } of special) isControl[id] = control ? 1 : 0;

  function check(id: number): number {
    if (!(Number.isInteger(id) && id >= 0 && id < size))
      throw new RangeError(`${id} is no id of this vocabulary, whose ids are 0 to ${size - 1}.`);
    return id;
  }

  function tokenBytes(id: number): Uint8Array {
    return bytes.subarray(offsets[check(id)], offsets[id + 1]);
  }

  function streamDecoder({ special: withControl = false }: DecodeOptions = {}): StreamDecoder {
    const decoder = utf8Decoder();
    return {
      push(id) {
        const own = tokenBytes(id);
        return withControl || isControl[id] === 0 ? decoder.decode(own, { stream: true }) : "";
      },
      end: () => decoder.decode(),
    };
  }

  return {
    tokenBytes,
    streamDecoder,
    decode(ids, { special: withControl = false } = {}) {
      const kept: number[] = [];
      let length = 0;
      for (const id of ids) {
        if (isControl[check(id)] === 1 && !withControl) continue;
        kept.push(id);
        length += offsets[id + 1] - offsets[id];
      }
      const all = new Uint8Array(length);
      let at = 0;
      for (const id of kept) {
        for (let byte = offsets[id]; byte < offsets[id + 1]; byte++) all[at++] = bytes[byte];
      }
      return utf8Decoder().decode(all);
    },
  };
}
