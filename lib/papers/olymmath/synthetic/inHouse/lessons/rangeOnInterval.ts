import type { RangeOnInterval } from "../../families/rangeOnInterval";
import { type Lesson, step } from "./lesson";

type Parabola = Extract<RangeOnInterval, { kind: "parabola" }>;

/** The minimum from the constant term, the distances of the ends from the vertex, and the value at the end that is further away. */
export const rangeOnIntervalLesson: Lesson<Parabola> = {
  family: "range-on-interval",
  isSmall: ({ low, high, vertex, offset }) =>
    vertex > 0 && vertex <= 4 && low >= 0 && high <= vertex + 6 && offset >= 0 && offset <= 9,
  derive: (parameters) => {
    const { offset, far } = described(parameters);
    return [...begun(parameters), step(offset, "+", far, offset + far)];
  },
  shortcut: {
    trap: "looks at the ends only",
    derive: (parameters) => {
      const { offset, near, far } = described(parameters);
      return [
        ...begun(parameters),
        step(offset, "+", near, offset + near),
        step(offset, "+", far, offset + far),
      ];
    },
  },
};

function begun({ low, high, vertex, offset }: Parabola): readonly string[] {
  const square = vertex * vertex;
  return [
    step(square + offset, "-", square, offset),
    step(vertex, "-", low, vertex - low),
    step(high, "-", vertex, high - vertex),
  ];
}

/** The squared distances of the ends from the vertex. */
function described({ low, high, vertex, offset }: Parabola) {
  const [near, far] = [vertex - low, high - vertex].map((d) => d * d).sort((a, b) => a - b);
  return { offset, near, far };
}
