import type { Family } from "../family";
import { boxSphere } from "./boxSphere";
import { diceAtLeast } from "./diceAtLeast";
import { divisorCount } from "./divisorCount";
import { evenWords } from "./evenWords";
import { integerMinimum } from "./integerMinimum";
import { latticePaths } from "./latticePaths";
import { latticeTriangle } from "./latticeTriangle";
import { linearRecurrence } from "./linearRecurrence";
import { multiplesOfOne } from "./multiplesOfOne";
import { polygonAngle } from "./polygonAngle";
import { powerRemainder } from "./powerRemainder";
import { rangeOnInterval } from "./rangeOnInterval";
import { remainderSystem } from "./remainderSystem";
import { spacedSeats } from "./spacedSeats";
import { triangleAngle } from "./triangleAngle";
import { triangleMeasure } from "./triangleMeasure";
import { weightedMinimum } from "./weightedMinimum";

/** All families, four or five of each field. Their order is part of what a seed stands for: new ones come last. */
export const FAMILIES: readonly Family[] = [
  powerRemainder,
  divisorCount,
  remainderSystem,
  multiplesOfOne,
  latticePaths,
  evenWords,
  diceAtLeast,
  spacedSeats,
  rangeOnInterval,
  weightedMinimum,
  integerMinimum,
  linearRecurrence,
  triangleMeasure,
  boxSphere,
  polygonAngle,
  triangleAngle,
  latticeTriangle,
];
