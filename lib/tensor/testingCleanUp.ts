import * as tf from "@tensorflow/tfjs";
import { afterAll } from "vitest";

/* For test files that share a process: what one leaves would be freed, and missed in its count, by another that disposes of all variables. */
afterAll(() => tf.disposeVariables());
