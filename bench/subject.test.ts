import { expect, it } from "vitest";
import { isolatedSubject, remoteSubject } from "./subject";

it("a workload in a process of its own answers with times and peak memory", async () => {
  const place = { benchmark: "dispatch", size: 0, variant: "tf.add" };
  const subject = await isolatedSubject("dispatch", place, { REPRISE_THREADS: "1" });
  expect(subject.firstSeconds).toBeGreaterThan(0);
  expect(await subject.sample(2)).toBeGreaterThan(0);
  const { peakBytes, baseBytes } = await subject.close();
  expect(peakBytes).toBeGreaterThan(20 * 2 ** 20);
  expect(peakBytes).toBeGreaterThanOrEqual(baseBytes!);
});

it("a process that fails or isn't there is an error with its name", async () => {
  await expect(remoteSubject("broken", process.execPath, ["-e", "process.exit(3)"])).rejects.toThrow(
    "broken: the process ended early with 3",
  );
  await expect(remoteSubject("absent", "/no/such/program", [])).rejects.toThrow(/absent: .* did not start/);
});
