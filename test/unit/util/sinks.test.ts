import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { collect, textSink } from "../../../src/util/sinks.js";

const euro = Buffer.from("€");

describe("collect", () => {
  it("keeps the bytes in order, and joins characters that came in pieces", () => {
    const { stream, bytes, text } = collect();
    stream.write(Buffer.from("a"));
    stream.write(euro.subarray(0, 1));
    stream.write(euro.subarray(1));
    expect(bytes()).toEqual(Buffer.from("a€"));
    expect(text()).toBe("a€");
  });

  it("takes as many bytes as its limit, and breaks with the given error at the next", async () => {
    const error = new Error("too large");
    const { stream, text } = collect({ bytes: 4, error: () => error });
    stream.write(Buffer.from("1234"));
    expect(stream.errored).toBeNull();
    const broken = once(stream, "error");
    stream.write(Buffer.from("5"));
    expect(await broken).toEqual([error]);
    expect(text()).toBe("1234");
  });
});

describe("textSink", () => {
  it("hands on whole characters, one text after the other", async () => {
    const taken: string[] = [];
    let under = 0;
    const sink = textSink((text, done) => {
      under += 1;
      expect(under).toBe(1);
      setImmediate(() => {
        taken.push(text);
        under -= 1;
        done();
      });
    });
    for (const piece of [Buffer.from("a"), euro.subarray(0, 2), euro.subarray(2), Buffer.from("b")])
      sink.write(piece);
    sink.end();
    await once(sink, "finish");
    expect(taken).toEqual(["a", "€", "b"]);
  });
});
