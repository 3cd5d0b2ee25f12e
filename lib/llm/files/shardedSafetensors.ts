import { existsSync } from "node:fs";
import path from "node:path";
import { type ByteSource, fileSource } from "./byteSource";
import { GET_ANEW, ModelFileError } from "./error";
import { openSafetensors, type Safetensors, type SafetensorsTensor } from "./safetensors";

/** A model in one file, and the list of the files of a model in several. */
const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
/** A list of a few thousand names has some hundred kilobytes. */
const LARGEST_INDEX = 100_000_000;

/**
 * The tensors of a model's folder: of `model.safetensors`, or of the files that `model.safetensors.index.json` lists.
 * @throws ModelFileError where the folder has neither, or a file is not in order
 */
export function openSafetensorsFolder(folder: string): Safetensors {
  const inside = (file: string) => fileSource(path.join(folder, file));
  if (existsSync(path.join(folder, SINGLE))) return openSafetensors(inside(SINGLE));
  if (existsSync(path.join(folder, INDEX))) return openShardedSafetensors(inside(INDEX), inside);
  throw new ModelFileError(
    `the folder has neither ${SINGLE} nor ${INDEX}`,
    { file: folder },
    "Give the folder of a model that was saved as safetensors.",
  );
}

/**
 * The tensors of a model in several files. The index says which file has which tensor; what a file has beyond that is not offered.
 * @param index  JSON with `weight_map`: tensor name to file name. It is closed when this returns
 * @param shard  opens a file that the index names, which is a plain file name; every file is opened once
 * @throws ModelFileError where the index is not in order, or a file lacks a tensor; all files are closed then
 */
export function openShardedSafetensors(index: ByteSource, shard: (file: string) => ByteSource): Safetensors {
  const files = new Map<string, Safetensors>();
  const close = () => {
    for (const file of files.values()) file.close();
  };
  try {
    const tensors = new Map<string, SafetensorsTensor>();
    for (const [name, file] of readWeightMap(index)) {
      let opened = files.get(file);
      if (opened === undefined) {
        opened = openShard(shard(file));
        files.set(file, opened);
      }
      const tensor = opened.tensors.get(name);
      if (tensor === undefined)
        throw new ModelFileError(
          `${file} should have it, and has not`,
          { file: index.name, tensor: name },
          "Get index and files anew, all of them from the same place.",
        );
      tensors.set(name, tensor);
    }
    return { name: index.name, metadata: {}, tensors, close };
  } catch (error) {
    close();
    throw error;
  } finally {
    index.close();
  }
}

function openShard(source: ByteSource): Safetensors {
  try {
    return openSafetensors(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** @returns tensor name to file name */
function readWeightMap(index: ByteSource): Map<string, string> {
  const fail = (problem: string, tensor?: string): never => {
    throw new ModelFileError(
      problem,
      { file: index.name, ...(tensor === undefined ? {} : { tensor }) },
      GET_ANEW,
    );
  };
  if (index.size > LARGEST_INDEX)
    fail(`the index has ${index.size} bytes; at most ${LARGEST_INDEX} are read`);
  let json: { weight_map?: unknown } | null;
  try {
    json = JSON.parse(Buffer.from(index.read(0, index.size)).toString("utf8"));
  } catch (error) {
    if (error instanceof ModelFileError) throw error;
    return fail(`the index is not JSON (${(error as Error).message})`);
  }
  const map = json?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    return fail("the index has no weight_map, which gives each tensor's file");
  for (const [name, file] of Object.entries(map)) {
    // A name that leads out of the model's folder is an attack.
    if (typeof file !== "string" || file === "" || file.startsWith(".") || /[\\/\0]/.test(file))
      fail(`the index gives ${JSON.stringify(file)} where a plain file name should be`, name);
  }
  return new Map(Object.entries(map as Record<string, string>));
}
