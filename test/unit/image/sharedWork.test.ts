import { describe, expect, it, vi } from "vitest";
import { createSharedWork } from "../../../src/image/sharedWork.js";

function deferred() {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Work under the test's control, which counts how often it began and tells when it was told to stop. */
function controlled() {
  const began: { signal: AbortSignal; emit: (line: string) => void; done: ReturnType<typeof deferred> }[] =
    [];
  const work = (signal: AbortSignal, emit: (line: string) => void) => {
    const done = deferred();
    began.push({ signal, emit, done });
    return done.promise;
  };
  const at = (index: number) => {
    const one = began[index];
    if (!one) throw new Error(`work ${index} did not begin`);
    return one;
  };
  return { began, work, at };
}

describe("shared work", () => {
  it("runs once for callers at the same time, tells all of them, and anew afterwards", async () => {
    const share = createSharedWork<string, string>();
    const { began, work, at } = controlled();
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const results = Promise.all([1, 2, 3].map(() => share("k", work, { onProgress })));
    at(0).emit("half");
    at(0).done.resolve("made");
    expect(await results).toEqual(["made", "made", "made"]);
    expect(lines).toEqual(["half", "half", "half"]);
    expect(began).toHaveLength(1);

    const again = share("k", work, { onProgress });
    at(1).done.resolve("again");
    expect(await again).toBe("again");
  });

  it("keeps keys apart", async () => {
    const share = createSharedWork<string, string>();
    const { work, at } = controlled();
    const both = Promise.all(["a", "b"].map((key) => share(key, work, { onProgress: () => undefined })));
    at(1).done.resolve("b");
    at(0).done.resolve("a");
    expect(await both).toEqual(["a", "b"]);
  });

  it("lets one caller go at once while another waits on", async () => {
    const share = createSharedWork<string, string>();
    const { work, at } = controlled();
    const lines: string[] = [];
    const leaving = new AbortController();
    const gone = share("k", work, { onProgress: (line) => lines.push(line), signal: leaving.signal });
    const stays = share("k", work, { onProgress: () => undefined });
    const reason = new Error("enough");
    leaving.abort(reason);
    await expect(gone).rejects.toBe(reason);
    expect(at(0).signal.aborted).toBe(false);
    at(0).emit("late");
    at(0).done.resolve("made");
    expect(await stays).toBe("made");
    expect(lines).toEqual([]);
  });

  it("stops the work with the last caller, who returns when the work has ended", async () => {
    const share = createSharedWork<string, string>();
    const { began, work, at } = controlled();
    const leaving = new AbortController();
    let settled = false;
    const gone = share("k", work, { onProgress: () => undefined, signal: leaving.signal }).finally(() => {
      settled = true;
    });
    gone.catch(() => undefined);
    leaving.abort(new Error("enough"));
    await vi.waitUntil(() => at(0).signal.aborted);
    // Who comes meanwhile gets work of their own.
    const next = share("k", work, { onProgress: () => undefined });
    at(1).done.resolve("second");
    expect(await next).toBe("second");
    expect(settled).toBe(false);
    at(0).done.reject(new Error("cleaned up"));
    await expect(gone).rejects.toThrow("enough");
    expect(began).toHaveLength(2);
  });

  it("gives a failure to all, and refuses who comes aborted", async () => {
    const share = createSharedWork<string, string>();
    const { began, work, at } = controlled();
    await expect(
      share("k", work, { onProgress: () => undefined, signal: AbortSignal.abort(new Error("before")) }),
    ).rejects.toThrow("before");
    expect(began).toHaveLength(0);
    const both = [1, 2].map(() => share("k", work, { onProgress: () => undefined }));
    at(0).done.reject(new Error("broken"));
    for (const one of both) await expect(one).rejects.toThrow("broken");
  });
});
