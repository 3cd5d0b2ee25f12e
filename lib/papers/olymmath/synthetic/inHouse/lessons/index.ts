import { boxSphereLesson } from "./boxSphere";
import { latticePathsLesson } from "./latticePaths";
import type { Lesson } from "./lesson";
import { linearRecurrenceLesson } from "./linearRecurrence";
import { multiplesOfOneLesson } from "./multiplesOfOne";
import { polygonAngleLesson } from "./polygonAngle";
import { rangeOnIntervalLesson } from "./rangeOnInterval";

export type { Lesson } from "./lesson";

/** Of every field one at least. Their order is part of what a problem's number stands for. */
export const LESSONS: readonly Lesson[] = [
  linearRecurrenceLesson,
  polygonAngleLesson,
  multiplesOfOneLesson,
  latticePathsLesson,
  rangeOnIntervalLesson,
  boxSphereLesson,
] as readonly Lesson<never>[] as readonly Lesson[];
