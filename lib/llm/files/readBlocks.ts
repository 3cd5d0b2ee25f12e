import type { GgmlType } from "./ggmlTypes";
import type { Gguf } from "./gguf";
import { requireTensor } from "./requireTensor";

/** A tensor as a GGUF file has it: whole blocks, row after row. */
export interface TensorBlocks {
  readonly type: GgmlType;
  /** Of its values, outermost dimension first. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The blocks of a tensor of a GGUF file. @throws ModelFileError naming the file where it has no such tensor */
export function readBlocks({ source, tensors }: Gguf, name: string): TensorBlocks {
  const { type, shape, offset, bytes } = requireTensor(source.name, tensors, name);
  return { type, shape, bytes: source.read(offset, bytes) };
}
