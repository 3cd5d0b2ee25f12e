import { afterEach, describe, expect, it, vi } from "vitest";
import { compile, isNative, rawOp, tf } from ".";

const counts = () => tf.memory().numTensors;
const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

describe.runIf(isNative())("compile", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([true, false, "auto"] as const)(
    "gives what the function gives (xla: %s), nested results and fixed values too",
    (xla) => {
      const f = (x: tf.Tensor, k: number) => ({
        scaled: [tf.mul(x, k), "label"] as const,
        sum: tf.sum(x),
        k,
        nothing: null,
      });
      const g = compile(f, { xla });
      const x = tf.tensor1d([1, 2, 3]);
      for (let i = 0; i < 2; i++) {
        const result = g(x, 4);
        expect(values(result.scaled[0])).toEqual([4, 8, 12]);
        expect(values(result.sum)).toEqual([6]);
        expect([result.scaled[1], result.k, result.nothing]).toEqual(["label", 4, null]);
      }
      expect(g.traces).toBe(1);
      expect(g.report()[0]).toMatchObject({
        mode: xla === false ? "graph" : "xla",
        captured: 0,
        assigned: 0,
      });
    },
  );

  it("traces once for each signature: shape, dtype, fixed value, variable", () => {
    const g = compile(
      (x: tf.Tensor, options: { k: number; w?: tf.Variable }) => tf.mul(x, options.w ?? options.k),
      { xla: false },
    );
    const [v, w] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(3))];
    const x = tf.tensor1d([1, 2]);
    g(x, { k: 1 });
    g(tf.tensor1d([5, 6]), { k: 1 });
    expect(g.traces).toBe(1);
    g(tf.tensor1d([5, 6, 7]), { k: 1 });
    g(tf.tensor1d([5, 6], "int32"), { k: 1 });
    g(x, { k: 2 });
    g(x, { k: 1, w: v });
    expect(values(g(x, { k: 1, w }))).toEqual([3, 6]);
    expect(g.traces).toBe(6);
  });

  it("tells a variable from a clone of it that was made outside, whichever is assigned later", () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const before = weight.clone();
    const change = compile(() => tf.sub(weight, before), { name: "change", xla: false });
    expect(values(change())).toEqual([0, 0]);
    weight.assign(tf.tensor1d([4, 6]));
    expect(values(change())).toEqual([3, 4]);
    expect(values(before)).toEqual([1, 2]);
  });

  it("warns when one function is traced more than 8 times", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const g = compile((x: tf.Tensor, step: number) => tf.add(x, step), { name: "drift", xla: false });
    for (let step = 0; step < 8; step++) g(tf.scalar(1), step);
    expect(warn).not.toHaveBeenCalled();
    g(tf.scalar(1), 8);
    g(tf.scalar(1), 9);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toMatch(/drift has been traced 9 times/);
  });

  it("reads variables anew at each call and assigns them after it", () => {
    const [v, untouched] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.scalar(10))];
    const g = compile((x: tf.Tensor1D) => {
      v.assign(tf.add(v, tf.mul(x, untouched)));
      v.assign(tf.mul(v, 2));
      return tf.sum(v);
    });
    expect(values(g(tf.tensor1d([1, 1])))).toEqual([46]);
    expect(values(v)).toEqual([22, 24]);
    untouched.assign(tf.scalar(0));
    const alias = v.clone();
    g(tf.tensor1d([1, 1]));
    expect(values(v)).toEqual([44, 48]);
    expect(values(alias)).toEqual([22, 24]);
    expect(g.report()[0]).toMatchObject({ captured: 2, assigned: 1 });
  });

  it("tells variables apart that share the memory of one tensor", () => {
    const [a, b] = [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([2]))];
    const start = tf.tensor1d([1, 2]);
    a.assign(start.clone());
    b.assign(start.clone());
    const step = compile(() => {
      a.assign(a.add(1));
      b.assign(b.mul(10));
    });
    step();
    step();
    expect([values(a), values(b)]).toEqual([
      [3, 4],
      [100, 200],
    ]);
    expect(values(start)).toEqual([1, 2]);
    step.dispose();
    tf.dispose([a, b, start]);
  });

  it("captures a variable whose first value still waits in JavaScript", () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const g = compile(() => tf.sum(v));
    expect(values(g())).toEqual([3]);
    v.assign(tf.tensor1d([5, 5]));
    expect(values(g())).toEqual([10]);
  });

  it("keeps captured tensors alive until it is disposed", () => {
    const before = counts();
    const table = tf.tensor1d([1, 2, 3]);
    const g = compile((x: tf.Tensor) => tf.mul(x, table));
    const x = tf.scalar(2);
    g(x).dispose();
    table.dispose();
    const y = g(x);
    expect(values(y)).toEqual([2, 4, 6]);
    tf.dispose([x, y]);
    g.dispose();
    expect(counts()).toBe(before);
  });

  it("trains as op by op does, with tfjs's tape inside", () => {
    const run = (wrap: boolean) => {
      const w = tf.variable(tf.tensor2d([0.1, 0.2, 0.3, 0.4], [2, 2]));
      const step = (x: tf.Tensor2D) => {
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.square(tf.sub(tf.matMul(x, w as tf.Tensor2D), 1))) as tf.Scalar,
          [w],
        );
        w.assign(tf.sub(w, tf.mul(grads[w.name], 0.1)));
        return value;
      };
      const go = wrap ? compile(step) : step;
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const losses = Array.from({ length: 5 }, () => go(x).dataSync()[0]);
      return [...losses, ...values(w)];
    };
    const [eager, compiled] = [run(false), run(true)];
    compiled.forEach((value, i) => {
      expect(value).toBeCloseTo(eager[i], 5);
    });
  });

  it("leaks nothing, under tf.tidy or not", () => {
    const v = tf.variable(tf.scalar(1));
    const g = compile((x: tf.Tensor) => {
      v.assign(tf.add(v, 1));
      return tf.mul(x, v);
    });
    const x = tf.scalar(3);
    g(x).dispose();
    const before = [counts(), tf.memory().numDataBuffers];
    for (let i = 0; i < 3; i++) tf.tidy(() => void g(x));
    const kept = tf.tidy(() => tf.add(g(x), 1));
    expect(values(kept)).toEqual([3 * 6 + 1]);
    kept.dispose();
    g(x).dispose();
    expect([counts(), tf.memory().numDataBuffers]).toEqual(before);
  });

  it("is an ordinary function inside a gradient and inside another compiled function", () => {
    const square = compile((x: tf.Tensor) => tf.mul(x, x));
    expect(values(tf.grad((x) => square(x))(tf.scalar(3)))).toEqual([6]);
    const outer = compile((x: tf.Tensor) => tf.add(square(x), 1));
    expect(values(outer(tf.scalar(3)))).toEqual([10]);
    expect(square.traces).toBe(0);
  });

  describe("mistakes", () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);

    it.each<[string, (x: tf.Tensor2D) => unknown, RegExp]>([
      [
        "reading values",
        (t) => tf.sum(t).dataSync(),
        /while tracing .*Sum_0 are not known.*no dataSync.*compile\.test\.ts/s,
      ],
      ["shapes that do not fit", (t) => tf.matMul(t, tf.ones([3, 3])), /BatchMatMulV2.*compile\.test\.ts/s],
      ["making a variable", (t) => tf.variable(t, true, "late"), /made the variable 'late'/],
      ["a promise", async (t) => t, /cannot be async/],
    ])("%s", (_name, fn, message) => {
      const before = counts();
      const v = tf.tidy(() => tf.variable(tf.scalar(7)));
      const g = compile((t: tf.Tensor2D) => {
        v.assign(tf.scalar(8));
        return fn(t);
      });
      expect(() => g(x)).toThrow(message);
      expect(values(v)).toEqual([7]); // as before the trace
      v.dispose();
      expect(counts()).toBe(before);
      expect(values(tf.neg(x))).toEqual([-1, -2, -3, -4]); // and tensors work again
    });

    it("an argument that is neither a tensor nor a fixed value", () => {
      const g = compile((_options: { values: unknown }) => tf.scalar(1));
      expect(() => g({ values: new Float32Array(2) })).toThrow(/'\[0\]\.values' is a Float32Array/);
      expect(() => g({ values: () => 1 })).toThrow(/is a function/);
    });

    it("an error at run time names the op and the line", () => {
      const g = compile((t: tf.Tensor2D, i: tf.Tensor1D) => tf.gather(t, i), { xla: false, name: "lookup" });
      g(x, tf.tensor1d([0], "int32"));
      expect(() => g(x, tf.tensor1d([5], "int32"))).toThrow(
        /lookup: .*= 5 is not in \[0, 2\).*GatherV2_0 was made.*compile\.test\.ts/s,
      );
    });

    it("xla: true where XLA cannot; auto takes the plain graph there", () => {
      const hash = (texts: tf.Tensor) => {
        const [buckets] = rawOp("StringToHashBucketFast", [texts], { num_buckets: 1 });
        return rawOp("Cast", [buckets], { DstT: { dtype: "int32" } })[0];
      };
      const texts = tf.tensor1d(["a", "b"]);
      expect(() => compile(hash, { xla: true, name: "hash" })(texts)).toThrow(
        /hash: .*unsupported operations/s,
      );
      const auto = compile(hash);
      expect(values(auto(texts))).toEqual([0, 0]);
      expect(auto.report()[0].mode).toBe("graph");
    });
  });
});
