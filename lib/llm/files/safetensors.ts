import type { StoredDtype } from "../../tensor/safetensorsDtypes";
import { type Metadata, readSafetensorsHeader } from "../../tensor/safetensorsHeader";
import type { ByteSource } from "./byteSource";
import { GET_ANEW, ModelFileError } from "./error";

/** One tensor of a safetensors file; its values are read by {@link readSafetensor}. */
export interface SafetensorsTensor {
  readonly name: string;
  /** Outermost dimension first: a weight is [out, in]. Without dimensions it is a single value. */
  readonly shape: readonly number[];
  readonly dtype: StoredDtype;
  /** Where its bytes begin in its file. */
  readonly offset: number;
  readonly bytes: number;
  /** The file that has it: a large model has several. */
  readonly source: ByteSource;
}

/** The tensors of a safetensors file, or of several that make one model: headers are read, tensors are where they were. */
export interface Safetensors {
  /** As errors name it. */
  readonly name: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** Closes all files. */
  close(): void;
}

/**
 * Reads the header of a safetensors file, which must describe every byte of the file once; the tensors are not read.
 * @throws ModelFileError that names file, tensor and byte
 * @see https://github.com/huggingface/safetensors
 */
export function openSafetensors(source: ByteSource): Safetensors {
  const { entries, metadata, start } = readSafetensorsHeader(source, (reason, byte) => {
    throw new ModelFileError(reason, { file: source.name, byte }, GET_ANEW);
  });
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const [from, to] = data_offsets;
    tensors.set(name, { name, shape, dtype, offset: start + from, bytes: to - from, source });
  }
  return { name: source.name, metadata, tensors, close: () => source.close() };
}
