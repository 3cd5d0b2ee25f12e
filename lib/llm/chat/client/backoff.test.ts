import { describe, expect, test } from "vitest";
import { DEFAULT_RETRY, readRetryAfter, waitBeforeRetry } from "./backoff";

const half = () => 0.5;

describe("waitBeforeRetry", () => {
  test("doubles from 2 s, without jitter", () => {
    const policy = { ...DEFAULT_RETRY, attempts: 9, jitter: 0 };
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => waitBeforeRetry(k, undefined, policy, half));
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000, undefined]);
  });

  test("6 attempts are 5 waits", () => {
    expect(waitBeforeRetry(5, undefined, DEFAULT_RETRY, half)).toBeDefined();
    expect(waitBeforeRetry(6, undefined, DEFAULT_RETRY, half)).toBeUndefined();
  });

  test("draws a part of each wait", () => {
    expect(waitBeforeRetry(2, undefined, DEFAULT_RETRY, () => 0)).toBe(4_000);
    expect(waitBeforeRetry(2, undefined, DEFAULT_RETRY, half)).toBe(3_000);
    expect(waitBeforeRetry(2, undefined, { ...DEFAULT_RETRY, jitter: 1 }, half)).toBe(2_000);
  });

  test("is never sooner than the server asks, and no use where it asks for too much", () => {
    expect(waitBeforeRetry(1, 10_000, DEFAULT_RETRY, half)).toBe(10_500);
    expect(waitBeforeRetry(4, 100, DEFAULT_RETRY, half)).toBe(12_000);
    expect(waitBeforeRetry(1, 0, DEFAULT_RETRY, () => 0)).toBe(2_000);
    expect(waitBeforeRetry(1, 600_001, DEFAULT_RETRY, half)).toBeUndefined();
  });
});

describe("readRetryAfter", () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  test.each<[string, Record<string, string>, number | undefined]>([
    ["nothing", {}, undefined],
    ["seconds", { "retry-after": "3" }, 3_000],
    ["none", { "retry-after": " 0 " }, 0],
    ["parts of seconds", { "retry-after": "1.5" }, 1_500],
    ["a date", { "retry-after": "Thu, 01 Jan 2026 12:01:30 GMT" }, 90_000],
    ["a date that is over", { "retry-after": "Thu, 01 Jan 2026 11:00:00 GMT" }, 0],
    ["milliseconds before seconds", { "retry-after": "3", "retry-after-ms": "250" }, 250],
    ["a negative time", { "retry-after": "-5" }, undefined],
    ["no time", { "retry-after": "soon" }, undefined],
  ])("%s", (_, headers, expected) => {
    expect(readRetryAfter(headers, now)).toBe(expected);
  });
});
