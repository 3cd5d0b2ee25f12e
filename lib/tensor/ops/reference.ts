/**
 * A dense array of doubles, for slow and readable references: an op's definition, element by element. Tests compare the ops
 * with them, and differentiate them numerically in double precision.
 */
export class Dense {
  constructor(
    readonly shape: readonly number[],
    readonly data: readonly number[],
  ) {}

  /** The array whose element at each index is `f(...index)`. */
  static from(shape: readonly number[], f: (...index: number[]) => number): Dense {
    return new Dense(
      shape,
      indices(shape).map((index) => f(...index)),
    );
  }

  /** The element at an index; a negative one counts from the end. */
  at(...index: number[]): number {
    let place = 0;
    this.shape.forEach((size, axis) => {
      const i = index[axis] < 0 ? index[axis] + size : index[axis];
      if (!(i >= 0 && i < size)) throw new Error(`index [${index}] is outside [${this.shape}]`);
      place = place * size + i;
    });
    return this.data[place];
  }

  map(f: (value: number) => number): Dense {
    return new Dense(this.shape, this.data.map(f));
  }

  /** Applies `f` to each row along the last axis; rows may change their length. */
  rows(f: (row: number[], which: number) => number[]): Dense {
    const width = this.shape[this.shape.length - 1];
    const count = this.data.length / width;
    const results = Array.from({ length: count }, (_, i) =>
      f(this.data.slice(i * width, (i + 1) * width), i),
    );
    return new Dense([...this.shape.slice(0, -1), results[0].length], results.flat());
  }

  /** The same with two axes exchanged. */
  swap(a: number, b: number): Dense {
    const exchange = (list: readonly number[]) => {
      const copy = [...list];
      [copy[a], copy[b]] = [copy[b], copy[a]];
      return copy;
    };
    return Dense.from(exchange(this.shape), (...index) => this.at(...exchange(index)));
  }
}

/** Every index of a shape, the last axis fastest. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (prefixes, size) => prefixes.flatMap((prefix) => Array.from({ length: size }, (_, i) => [...prefix, i])),
    [[]],
  );
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The error function, by its Taylor series; for |x| below 4. */
export function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
