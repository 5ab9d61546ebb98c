import { describe, expect, it } from "vitest";
import { demux } from "../../../src/engine/demux.js";
import { splitReference } from "../../../src/engine/imageReference.js";
import { createLineParser } from "../../../src/engine/jsonLines.js";
import { isApiAtLeast } from "../../../src/engine/ping.js";
import { rejection } from "../../support/collect.js";

function frame(kind: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size: number): Promise<{ stdout: string; stderr: string }> {
  const out = { stdout: "", stderr: "" };
  for await (const { stream, data } of demux(inPieces(bytes, size), "engine"))
    out[stream] += data.toString("latin1");
  return out;
}

describe("demux", () => {
  const bytes = Buffer.concat([frame(1, "one"), frame(2, "err"), frame(1, ""), frame(1, "two".repeat(1000))]);

  it.each([1, 3, 7, 8, 9, 100, 100_000])(
    "tells stdout and stderr apart, in pieces of %d bytes",
    async (size) => {
      expect(await read(bytes, size)).toEqual({ stdout: `one${"two".repeat(1000)}`, stderr: "err" });
    },
  );

  it("fails when it ends amid a frame or a header: the connection broke", async () => {
    for (const end of [4, 10, bytes.length - 1]) {
      expect(await rejection(read(bytes.subarray(0, end), 5))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    }
  });

  it("fails on what is not framed, and with the engine's words in a system frame", async () => {
    expect(await rejection(read(Buffer.from("plain text, no frames"), 5))).toMatchObject({
      code: "ENGINE_FAILED",
    });
    expect((await rejection(read(frame(3, "log is broken"), 50))).message).toContain("log is broken");
  });
});

describe("createLineParser", () => {
  it("joins what was split amid a line and amid a character, and marks what is not JSON", () => {
    const bytes = Buffer.from('{"a":"ä€😀"}\n\n{"b":2}\r\nnonsense\n{"c":3}');
    for (let size = 1; size < bytes.length; size++) {
      const parser = createLineParser();
      const values: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size)
        values.push(...parser.push(bytes.subarray(at, at + size)));
      values.push(...parser.end());
      expect(values).toEqual([{ a: "ä€😀" }, { b: 2 }, undefined, { c: 3 }]);
    }
  });
});

describe("splitReference", () => {
  it.each([
    ["debian", "debian", "latest"],
    ["debian:12", "debian", "12"],
    ["localhost:5000/x", "localhost:5000/x", "latest"],
    ["localhost:5000/a/x:1", "localhost:5000/a/x", "1"],
    ["x@sha256:ab", "x@sha256:ab", undefined],
    ["x:1@sha256:ab", "x:1@sha256:ab", undefined],
  ])("%s", (reference, repository, tag) => {
    expect(splitReference(reference)).toEqual({ repository, ...(tag && { tag }) });
  });
});

describe("isApiAtLeast", () => {
  it.each([
    ["1.41", true],
    ["1.100", true],
    ["2.0", true],
    ["1.40", false],
    ["1.5", false],
    ["", false],
  ])("%s", (version, expected) => {
    expect(isApiAtLeast(version, "1.41")).toBe(expected);
  });
});
