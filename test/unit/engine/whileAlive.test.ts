import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { whileAlive } from "../../../src/engine/whileAlive.js";

describe("a stream that is silent", () => {
  it("goes on for as long as its sender answers", async () => {
    const source = new PassThrough();
    let asked = 0;
    const alive = () => {
      asked += 1;
      if (asked === 3) source.end("late");
      return Promise.resolve();
    };
    expect(await text(whileAlive(source, alive, { silentMs: 10 }))).toBe("late");
    expect(asked).toBe(3);
  });

  it("ends with the error of a sender that is gone", async () => {
    const gone = new Error("gone");
    const source = whileAlive(new PassThrough(), () => Promise.reject(gone), { silentMs: 10 });
    await expect(text(source)).rejects.toBe(gone);
  });

  it("is not asked about once it has ended", async () => {
    let asked = 0;
    const source = new PassThrough();
    const read = text(
      whileAlive(
        source,
        () => {
          asked += 1;
          return Promise.resolve();
        },
        { silentMs: 1 },
      ),
    );
    source.end("at once");
    await read;
    const before = asked;
    await expect.poll(() => source.closed).toBe(true);
    // Longer than many of its silences: only then could it have been asked again.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBe(before);
  });
});
