import { describe, expect, it } from "vitest";
import { abortable } from "../../../src/util/abort.js";
import { DisposableStore } from "../../../src/util/dispose.js";
import { Emitter } from "../../../src/util/event.js";
import { KeyedQueue } from "../../../src/util/keyedQueue.js";
import { retry } from "../../../src/util/retry.js";
import { fakeClock } from "../../fakes/fakeClock.js";

describe("abortable", () => {
  it("settles with the work", async () => {
    await expect(abortable(Promise.resolve(1), new AbortController().signal)).resolves.toBe(1);
    await expect(abortable(Promise.reject(new Error("no")), undefined)).rejects.toThrow("no");
  });

  it("rejects with the reason, and leaves no rejection behind", async () => {
    const abort = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise((_resolve, reject) => (fail = reject));
    const waiting = abortable(work, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    fail(new Error("late"));
  });
});

describe("KeyedQueue", () => {
  it("runs one key in order, also after a failure, and keys side by side", async () => {
    const queue = new KeyedQueue();
    const seen: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const first = queue.run("a", async () => {
      await gate;
      seen.push("a1");
      throw new Error("a1 failed");
    });
    const second = queue.run("a", async () => void seen.push("a2"));
    await queue.run("b", async () => void seen.push("b1"));
    expect(seen).toEqual(["b1"]);
    open();
    await expect(first).rejects.toThrow("a1 failed");
    await second;
    expect(seen).toEqual(["b1", "a1", "a2"]);
  });
});

describe("retry", () => {
  it("waits as told and gives the last failure", async () => {
    const clock = fakeClock();
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      throw new Error(`failure ${calls}`);
    };
    const options = { delaysMs: [1000, 2000, 4000], worthRetrying: () => true, clock };
    await expect(retry(attempt, options)).rejects.toThrow("failure 4");
    expect(clock.slept).toEqual([1000, 2000, 4000]);
  });

  it("does not repeat what is not worth it", async () => {
    const clock = fakeClock();
    const options = { delaysMs: [1000], worthRetrying: () => false, clock };
    await expect(retry(() => Promise.reject(new Error("no")), options)).rejects.toThrow("no");
    expect(clock.slept).toEqual([]);
  });
});

describe("DisposableStore", () => {
  it("releases in reverse, and at once what comes late", () => {
    const seen: number[] = [];
    const store = new DisposableStore();
    store.add({ dispose: () => seen.push(1) });
    store.add({ dispose: () => seen.push(2) });
    store.dispose();
    store.add({ dispose: () => seen.push(3) });
    store.dispose();
    expect(seen).toEqual([2, 1, 3]);
  });
});

describe("Emitter", () => {
  it("stops calling who left, even in the middle", () => {
    const emitter = new Emitter<number>();
    const seen: string[] = [];
    const a = emitter.event((value) => seen.push(`a${value}`));
    emitter.event((value) => seen.push(`b${value}`));
    emitter.fire(1);
    a.dispose();
    emitter.fire(2);
    expect(seen).toEqual(["a1", "b1", "b2"]);
  });
});
