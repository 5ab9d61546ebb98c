import { describe, expect, it } from "vitest";
import { checkHealth, connectWithRetry } from "../../../src/engine/connect.js";
import type { ErrorCode } from "../../../src/model/errors.js";
import { AgentError } from "../../../src/model/errors.js";
import { fakeClock } from "../../fakes/fakeClock.js";
import { createFakeEngine } from "../../fakes/fakeEngine.js";
import { rejection } from "../../support/collect.js";

const failure = (code: ErrorCode) => new AgentError(code, `It is ${code}.`, { remedy: "Do this." });

describe("connectWithRetry", () => {
  it.each(["ENGINE_UNREACHABLE", "ENGINE_TIMEOUT"] as const)(
    "tries %s again after 1, 2 and 4 s",
    async (code) => {
      const engine = createFakeEngine();
      const clock = fakeClock();
      for (let i = 0; i < 3; i++) engine.failNext("ping", failure(code));
      expect(await connectWithRetry(engine, { clock })).toMatchObject({ apiVersion: "1.48" });
      expect(clock.slept).toEqual([1000, 2000, 4000]);
    },
  );

  it("gives up after the fourth attempt", async () => {
    const engine = createFakeEngine();
    for (let i = 0; i < 9; i++) engine.failNext("ping", failure("ENGINE_UNREACHABLE"));
    const error = await rejection(connectWithRetry(engine, { clock: fakeClock() }));
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(engine.requests).toHaveLength(4);
  });

  it.each(["ENGINE_NOT_FOUND", "ENGINE_PERMISSION", "ENGINE_TLS", "UNSUPPORTED", "ENGINE_FAILED"] as const)(
    "tells %s at once",
    async (code) => {
      const engine = createFakeEngine();
      const clock = fakeClock();
      engine.failNext("ping", failure(code));
      expect(await rejection(connectWithRetry(engine, { clock }))).toMatchObject({ code });
      expect(clock.slept).toEqual([]);
    },
  );

  it("is cancelled while an attempt hangs", async () => {
    const engine = createFakeEngine();
    engine.hang("ping");
    const giveUp = new AbortController();
    const reason = new Error("enough");
    const work = connectWithRetry(engine, { clock: fakeClock(), signal: giveUp.signal });
    giveUp.abort(reason);
    expect(await rejection(work)).toBe(reason);
    expect(engine.requests).toHaveLength(1);
  });
});

describe("checkHealth", () => {
  it("tells what an engine is and can do", async () => {
    const engine = createFakeEngine({ capabilities: { gpu: true } });
    expect(await checkHealth(engine, { clock: fakeClock() })).toMatchObject({
      engine: engine.name,
      reachable: true,
      latencyMs: 1,
      version: "28.0.0",
      apiVersion: "1.48",
      capabilities: { gpu: true },
    });
  });

  it("tells why not, and what to do", async () => {
    const engine = createFakeEngine();
    engine.failNext("ping", failure("ENGINE_PERMISSION"));
    expect(await checkHealth(engine, { clock: fakeClock() })).toEqual({
      engine: engine.name,
      reachable: false,
      latencyMs: null,
      version: null,
      apiVersion: null,
      capabilities: null,
      problem: { code: "ENGINE_PERMISSION", message: "It is ENGINE_PERMISSION.", remedy: "Do this." },
    });
  });

  it("asks once when asked to", async () => {
    const engine = createFakeEngine();
    engine.failNext("ping", failure("ENGINE_UNREACHABLE"));
    expect(await checkHealth(engine, { clock: fakeClock(), once: true })).toMatchObject({ reachable: false });
    expect(engine.requests).toHaveLength(1);
  });

  it("an engine that cannot tell what it can do is reachable, with a problem", async () => {
    const engine = createFakeEngine();
    engine.failNext("capabilities", failure("ENGINE_TIMEOUT"));
    expect(await checkHealth(engine, { clock: fakeClock() })).toMatchObject({
      reachable: true,
      version: "28.0.0",
      capabilities: null,
      problem: { code: "ENGINE_TIMEOUT" },
    });
  });

  it("rejects when it is aborted", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    expect(await rejection(checkHealth(createFakeEngine(), { clock: fakeClock(), signal }))).toBe(reason);
  });
});
