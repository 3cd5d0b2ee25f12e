import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { type Binding, DTYPE } from "../../lib/tensor/binding";

const binding: Binding = require("./load.cjs").load();
const floats = (...values: number[]) =>
  binding.createTensor([values.length], DTYPE.float32, Float32Array.from(values));
const op = (name: string, inputs: number[], attributes: Record<string, unknown> = {}, outputs = 1) => {
  const list = Object.entries(attributes).map(([key, value]) => ({ name: key, type: 0, value }));
  return binding.executeOp(name, list as Parameters<Binding["executeOp"]>[1], inputs, outputs);
};

describe("values", () => {
  const cases: [keyof typeof DTYPE, ArrayLike<number | bigint>][] = [
    ["float32", Float32Array.of(1.5, -2)],
    ["float64", Float64Array.of(1 / 3, 2)],
    ["int32", Int32Array.of(-7, 2 ** 31 - 1)],
    ["int64", BigInt64Array.of(-(2n ** 62n), 3n)],
    ["uint64", BigUint64Array.of(2n ** 63n, 3n)],
    ["uint32", Uint32Array.of(4294967295, 1)],
    ["int16", Int16Array.of(-3, 3)],
    ["int8", Int8Array.of(-3, 3)],
    ["uint8", Uint8Array.of(255, 0)],
    ["bool", Uint8Array.of(1, 0)],
    ["bfloat16", Uint16Array.of(0x3f80, 0)],
  ];
  it.each(cases)("%s goes in and comes back", (dtype, values) => {
    const id = binding.createTensor([2], DTYPE[dtype], values);
    expect(binding.tensorDataSync(id)).toEqual(values);
    binding.deleteTensor(id);
  });

  it("carries strings as bytes, long ones too", () => {
    const texts = ["", "é", "x".repeat(1000)].map((text) => new TextEncoder().encode(text));
    const id = binding.createTensor([3], DTYPE.string, texts);
    expect(binding.tensorDataSync(id)).toEqual(texts);
    const [length] = op("StringLength", [id]);
    expect([...binding.tensorDataSync(length.id)]).toEqual([0, 2, 1000]);
  });

  it("carries complex numbers as pairs, and int64 as two words", () => {
    const complex = binding.createTensor([2], DTYPE.complex64, Float32Array.of(1, 2, 3, -4));
    const [conjugate] = op("Conj", [complex]);
    expect([...binding.tensorDataSync(conjugate.id)]).toEqual([1, -2, 3, 4]);
    const long = binding.createTensor([], DTYPE.int64, Int32Array.of(5, 1));
    expect(binding.tensorDataSync(long)).toEqual(BigInt64Array.of(5n + 2n ** 32n));
  });

  it("knows empty tensors", () => {
    const id = binding.createTensor([0, 3], DTYPE.float32, new Float32Array(0));
    expect(op("Shape", [id])[0].shape).toEqual([2]);
    expect(binding.tensorDataSync(id)).toHaveLength(0);
  });
});

describe("mistakes are errors", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "too few values",
      () => binding.createTensor([3], DTYPE.float32, new Float32Array(2)),
      /float32\[3\] takes 3 elements.*holds 2/,
    ],
    [
      "another typed array",
      () => binding.createTensor([2], DTYPE.float32, new Int32Array(2)),
      /another kind of typed array/,
    ],
    ["no typed array", () => binding.createTensor([2], DTYPE.float32, [1, 2]), /takes a typed array/],
    [
      "an oversized shape",
      () => binding.createTensor([2 ** 31, 2 ** 31, 4], DTYPE.float32, new Float32Array(2)),
      /more elements than/,
    ],
    [
      "a fraction as dimension",
      () => binding.createTensor([1.5], DTYPE.float32, new Float32Array(2)),
      /not a whole number/,
    ],
    [
      "a negative dimension",
      () => binding.createTensor([-1], DTYPE.float32, new Float32Array(2)),
      /negative dimension/,
    ],
    ["an unknown dtype", () => binding.createTensor([2], 4711, new Float32Array(2)), /unknown dtype/],
    ["a variant's values", () => binding.createTensor([1], 21, new Float32Array(1)), /do not cross/],
    [
      "a string that is a number",
      () => binding.createTensor([1], DTYPE.string, [1]),
      /neither a Uint8Array nor a string/,
    ],
    ["an unknown op", () => op("NoSuchOp", []), /NoSuchOp: TensorFlow has no op of this name/],
    ["an unknown attribute", () => op("Neg", [floats(1)], { colour: 1 }), /Neg has no attribute 'colour'/],
    [
      "an attribute of the wrong kind",
      () => op("MatMul", [floats(1), floats(1)], { transpose_a: 3 }),
      /takes true or false/,
    ],
    [
      "too many inputs",
      () => op("Neg", [floats(1), floats(2)]),
      /takes 1 inputs, not 2.*float32\[1\], float32\[1\]/,
    ],
    [
      "shapes that do not fit",
      () => op("AddV2", [floats(1, 2), floats(1, 2, 3)]),
      /AddV2: .*float32\[2\], float32\[3\]/s,
    ],
    ["an unknown id", () => binding.tensorDataSync(123456), /no tensor with id 123456/],
    ["no name", () => binding.executeOp(7 as unknown as string, [], [], 1), /opName must be a string/],
    ["no function", () => binding.callFunction(99, new Int32Array(0)), /no compiled function with id 99/],
    ["no saved model there", () => binding.loadSavedModel("/nowhere/at/all", "serve"), /nowhere/],
    ["no saved model of this id", () => binding.runSavedModel(5, [], "", ""), /no saved model with id 5/],
    ["an end without a beginning", () => binding.endTrace([], false), /endTrace outside a trace/],
  ])("%s", (_name, mistake, message) => {
    expect(mistake).toThrow(message);
  });

  it("use after delete, and deleting twice", () => {
    const id = floats(1);
    binding.deleteTensor(id);
    expect(() => op("Neg", [id])).toThrow(/no tensor/);
    expect(() => binding.deleteTensor(id)).toThrow(/no tensor/);
  });
});

describe("tracing", () => {
  it("makes a function of ops, captures what is outside and counts what it keeps", () => {
    const before = binding.getNumOfTensors();
    const outside = floats(10, 20);
    binding.beginTrace("test");
    const argument = binding.traceArgument([2], DTYPE.float32);
    const constant = floats(1, 1);
    const [sum] = op("AddN", [argument, outside, constant]);
    expect(sum.shape).toEqual([2]);
    expect(() => binding.tensorDataSync(sum.id)).toThrow(/AddN_0 are not known while a function is traced/);
    expect(() => binding.callFunction(0, new Int32Array(0))).toThrow(/no compiled function|being traced/);
    const traced = binding.endTrace([sum.id], false);
    expect([...traced.captured]).toEqual([outside]);
    expect(() => op("Neg", [sum.id])).toThrow(/belongs to a traced function/);

    const x = floats(3, 4);
    const [result] = binding.callFunction(traced.functionId, Int32Array.of(x, outside));
    expect([...binding.tensorDataSync(result)]).toEqual([14, 25]);
    expect(() => binding.callFunction(traced.functionId, Int32Array.of(x))).toThrow(/takes 2 inputs, not 1/);
    for (const id of [x, result, outside, constant, sum.id, argument]) binding.deleteTensor(id);
    binding.deleteFunction(traced.functionId);
    expect(() => binding.deleteFunction(traced.functionId)).toThrow(/no compiled function/);
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it("hands over big constants as inputs and spreads uniform ones", () => {
    const values = Float32Array.from({ length: 40_000 }, (_, i) => i);
    binding.beginTrace("constants");
    const big = binding.createTensor([40_000], DTYPE.float32, values);
    const ones = binding.createTensor([200, 200], DTYPE.float32, new Float32Array(40_000).fill(1));
    const flat = op("Reshape", [ones, binding.createTensor([1], DTYPE.int32, Int32Array.of(-1))])[0].id;
    const traced = binding.endTrace([op("AddV2", [big, flat])[0].id], true);
    binding.deleteTensor(big);
    const [sum] = binding.callFunction(traced.functionId, new Int32Array(0));
    expect(binding.tensorDataSync(sum)[39_999]).toBe(40_000);
    binding.deleteFunction(traced.functionId);
  });

  it("refuses shapes that depend on values, and goes on after an abort", () => {
    binding.beginTrace("dynamic");
    const x = binding.traceArgument([3], DTYPE.bool);
    expect(() => op("Where", [x])).toThrow(/Where_0 depends on values/);
    binding.abortTrace();
    expect([...binding.tensorDataSync(op("Neg", [floats(1)])[0].id)]).toEqual([-1]);
  });

  it("nests: the inner function captures symbols of the outer one", () => {
    binding.beginTrace("outer");
    const x = binding.traceArgument([], DTYPE.float32);
    binding.beginTrace("inner");
    const inner = binding.endTrace([op("Neg", [x])[0].id], false);
    expect([...inner.captured]).toEqual([x]);
    const branches = {
      then_branch: inner.name,
      else_branch: inner.name,
      Tout: [DTYPE.float32],
      output_shapes: [[]],
    };
    const [call] = op("StatelessIf", [op("IsFinite", [x])[0].id, x], branches);
    const outer = binding.endTrace([call.id], false);
    const two = binding.createTensor([], DTYPE.float32, Float32Array.of(2));
    expect([
      ...binding.tensorDataSync(binding.callFunction(outer.functionId, Int32Array.of(two))[0]),
    ]).toEqual([-2]);
  });
});

it("works in several worker threads at once, and frees what a thread leaves behind", async () => {
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    const binding = require(workerData).load();
    const x = binding.createTensor([64, 64], 1, new Float32Array(4096).fill(1));
    let sum = 0;
    for (let i = 0; i < 200; i++) {
      const [y] = binding.executeOp("MatMul", [], [x, x], 1);
      sum += binding.tensorDataSync(y.id)[0];
      binding.deleteTensor(y.id);
    }
    parentPort.postMessage([sum, binding.getNumOfTensors()]);`;
  const load = require.resolve("./load.cjs");
  const answers = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(source, { eval: true, workerData: load });
          worker.on("message", resolve).on("error", reject);
        }),
    ),
  );
  expect(answers).toEqual([1, 2, 3].map(() => [200 * 64, 1]));
});
