import { expect, test, vi } from "vitest";
import { isNative, tf } from ".";
import { DataStore } from "./dataStore";

function storeWithMover() {
  const backend = {} as tf.KernelBackend;
  const moveData = vi.fn((_backend: tf.KernelBackend, dataId: object) => store.set(dataId, "moved"));
  const store: DataStore<string> = new DataStore<string>(backend, { moveData });
  return { store, moveData };
}

test("a record belongs to its identity until it is deleted, and is counted", () => {
  const { store, moveData } = storeWithMover();
  const [a, b] = [store.add("first"), {}];
  store.set(b, "second");
  expect([store.get(a), store.get(b), store.numDataIds()]).toEqual(["first", "second", 2]);
  expect(store.delete(a)).toBe(true);
  expect([store.has(a), store.has(b), store.numDataIds()]).toEqual([false, true, 1]);
  expect(moveData).not.toHaveBeenCalled();
});

test("what another backend holds is fetched from it once", () => {
  const { store, moveData } = storeWithMover();
  const dataId = {};
  expect([store.get(dataId), store.get(dataId)]).toEqual(["moved", "moved"]);
  expect(moveData).toHaveBeenCalledTimes(1);
});

test.runIf(isNative())("a tensor moves between backends and back with its values", async () => {
  await tf.setBackend("cpu");
  const made = tf.tensor1d([1, 2, 3]);
  await tf.setBackend("tensorflow");
  const doubled = made.mul(2);
  await tf.setBackend("cpu");
  const tripled = doubled.add(made);
  await tf.setBackend("tensorflow");
  expect([...tripled.dataSync()]).toEqual([3, 6, 9]);
  tf.dispose([made, doubled, tripled]);
});
