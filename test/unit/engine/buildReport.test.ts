import { PbfWriter } from "pbf";
import { describe, expect, it } from "vitest";
import { buildError } from "../../../src/engine/buildErrors.js";
import { createBuildReport } from "../../../src/engine/buildReport.js";
import { decodeTrace, type Trace, type Vertex } from "../../../src/engine/buildTrace.js";

const vertex = (parts: Partial<Vertex>): Vertex => ({
  digest: "d1",
  name: "[1/2] RUN true",
  cached: false,
  error: "",
  ...parts,
});
const trace = (parts: Partial<Trace>): Trace => ({
  vertexes: [],
  statuses: [],
  logs: [],
  warnings: [],
  ...parts,
});
const logged = (text: string | Buffer, of = "d1") =>
  trace({ logs: [{ vertex: of, message: Buffer.from(text) }] });

describe("a trace of BuildKit", () => {
  it("is read from a real engine's bytes", () => {
    // Recorded from Engine 20.10.
    const bytes =
      "CosBCkdzaGEyNTY6MzdiNmI2Y2E1MWE2M2MyN2M0ZGM3YTNjMmE1YzNmMjA2ZDRlZTJkYjk3MjY1OTc5ZjQ0ODJjYjcyYTBkM2NiZRok" +
      "W2ludGVybmFsXSBsb2FkIHJlbW90ZSBidWlsZCBjb250ZXh0KgwIi52F2AYQttje7gIyDAiLnYXYBhDThKDwAg==";
    const decoded = decodeTrace(Buffer.from(bytes, "base64"));
    expect(decoded.vertexes[0]?.name).toBe("[internal] load remote build context");
    expect(decoded.vertexes[0]?.started).toBeCloseTo(Date.parse("2026-11-21T07:55:55.769Z") / 1000, 2);
    expect(decoded.vertexes[0]?.completed).toBeCloseTo(Date.parse("2026-11-21T07:55:55.773Z") / 1000, 2);
  });

  it("is read with its logs and warnings, and skips what is unknown", () => {
    const pbf = new PbfWriter();
    const write = (tag: number, fields: (inner: PbfWriter) => void) => {
      const inner = new PbfWriter();
      fields(inner);
      pbf.writeBytesField(tag, inner.finish());
    };
    write(3, (log) => {
      log.writeStringField(1, "d1");
      log.writeVarintField(3, 2);
      log.writeBytesField(4, Buffer.from("hé\n"));
    });
    write(4, (warning) => warning.writeBytesField(3, Buffer.from("a warning")));
    write(99, (unknown) => unknown.writeStringField(1, "x"));
    const decoded = decodeTrace(pbf.finish());
    expect(decoded.logs.map(({ message }) => Buffer.from(message).toString())).toEqual(["hé\n"]);
    expect(decoded.warnings).toEqual(["a warning"]);
  });
});

describe("the log of a build", () => {
  it("names each step once, and says how it ended", () => {
    const report = createBuildReport();
    expect(report.trace(trace({ vertexes: [vertex({})] }))).toEqual([]);
    expect(report.trace(trace({ vertexes: [vertex({ started: 1 })] }))).toEqual(["#1 [1/2] RUN true"]);
    expect(report.trace(trace({ vertexes: [vertex({ started: 1 })] }))).toEqual([]);
    expect(report.trace(trace({ vertexes: [vertex({ started: 1, completed: 3.25 })] }))).toEqual([
      "#1 DONE 2.3s",
    ]);
    const second = vertex({ digest: "d2", name: "two", cached: true, started: 4, completed: 4 });
    expect(report.trace(trace({ vertexes: [second] }))).toEqual(["#2 two", "#2 CACHED"]);
  });

  it("has whole lines, whole characters, and no terminal's tricks", () => {
    const report = createBuildReport();
    report.trace(trace({ vertexes: [vertex({ started: 1 })] }));
    const bytes = Buffer.from("héllo\n");
    expect(report.trace(logged(bytes.subarray(0, 2)))).toEqual([]);
    expect(report.trace(logged(bytes.subarray(2)))).toEqual(["#1 héllo"]);
    expect(report.trace(logged("10%\r20%\r\u001b[31mdone\u001b[0m\n\nrest"))).toEqual(["#1 done"]);
    expect(report.trace(trace({ vertexes: [vertex({ started: 1, completed: 1 })] }))).toEqual([
      "#1 rest",
      "#1 DONE 0.0s",
    ]);
  });

  it("knows which step is to blame: not the one that was stopped because of it", () => {
    const report = createBuildReport();
    report.trace(
      trace({
        vertexes: [
          vertex({ digest: "a", name: "stopped", started: 1, completed: 2, error: "context canceled" }),
          vertex({ digest: "b", name: "to blame", started: 1, completed: 2, error: "exit code: 1" }),
        ],
      }),
    );
    expect(report.failedStep()).toBe("to blame");
  });

  it("of the older builder tells its own images from the cache's", () => {
    const report = createBuildReport();
    const lines = [
      "Step 1/3 : FROM debian",
      " ---> 111111111111",
      "Step 2/3 : ENV A=b",
      " ---> Using cache",
      " ---> 222222222222",
      "Step 3/3 : RUN true",
      " ---> Running in 999999999999",
      " ---> 333333333333",
    ];
    expect(report.stream(`${lines.join("\n")}\nSuccess`)).toEqual(lines);
    expect(report.end()).toEqual(["Success"]);
    expect(report.intermediates()).toEqual(["333333333333"]);
    expect(report.failedStep()).toBe("Step 3/3 : RUN true");
  });
});

describe("why a build failed", () => {
  it.each([
    [
      "executor failed running [/bin/sh -c false]: exit code: 1",
      "[2/2] RUN false",
      "BUILD_FAILED",
      "The build failed at [2/2] RUN false: exit code 1.",
    ],
    [
      "The command '/bin/sh -c false' returned a non-zero code: 4",
      "Step 2/2 : RUN false",
      "BUILD_FAILED",
      "The build failed at Step 2/2 : RUN false: exit code 4.",
    ],
    [
      "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 5: unknown instruction: ECHO",
      undefined,
      "BUILD_FAILED",
      "The build failed: dockerfile parse error line 5: unknown instruction: ECHO.",
    ],
    ["write /x: no space left on device", "[2/2] RUN x", "NO_SPACE", /no space left/],
    [
      "failed to solve: nosuch: pull access denied, repository does not exist or may require authorization",
      "[internal] load metadata for docker.io/library/nosuch:latest",
      "IMAGE_NOT_FOUND",
      /docker\.io\/library\/nosuch:latest/,
    ],
    ["", undefined, "BUILD_FAILED", "The build failed: the engine gave no reason."],
  ])("%j at %j", (said, step, code, message) => {
    const error = buildError(said, step, ["one", "two"]);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ log: "one\ntwo", wholeLog: "one\ntwo" });
  });

  it("keeps the JSON short and the whole log beside it", () => {
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    const error = buildError("exit code: 1", undefined, lines);
    expect(error.log?.split("\n")).toHaveLength(60);
    expect(error.wholeLog?.split("\n")).toHaveLength(500);
    expect(error.toJSON()).not.toHaveProperty("wholeLog");
  });
});
