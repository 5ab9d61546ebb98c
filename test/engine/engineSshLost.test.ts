import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { collector, eventually, rejection } from "../support/collect.js";
import { sshEngineSuite } from "../support/sshEngineRig.js";

const lost = { code: "ENGINE_UNREACHABLE" };
const forever = () => new AbortController().signal;

/** A connection that breaks, falls silent, is closed, or is not waited for. */
describe("an ssh connection that is lost", () => {
  const suite = sshEngineSuite();

  it("ends all that is under way within 100 ms; the next calls share a new one", async () => {
    const id = await suite.rig.running();
    const events = suite.engine.events(suite.rig.label, forever())[Symbol.asyncIterator]();
    await events.next();
    const logs = suite.engine.logs(id, { follow: true })[Symbol.asyncIterator]();
    const endless = new Readable({ read: () => undefined });
    const pending = [
      events.next(),
      logs.next(),
      suite.engine.waitContainer(id),
      suite.engine.exec(id, { command: ["sleep", "77"] }),
      suite.engine.exec(id, { command: ["cat"], stdin: endless }),
    ].map(async (work: Promise<unknown>) => ({ error: await rejection(work), at: performance.now() }));
    await eventually("both commands run", async () => {
      const out = collector();
      await suite.engine.exec(id, { command: ["sh", "-c", "cat /proc/[0-9]*/cmdline"], stdout: out.stream });
      return out.text().includes("sleep\0" + "77\0") && out.text().includes("cat\0");
    });
    const before = suite.far.proxy.accepted;
    const begun = performance.now();
    await suite.far.signalSessions("SIGKILL");
    for (const { error, at } of await Promise.all(pending)) {
      expect(error).toMatchObject(lost);
      expect(at - begun).toBeLessThan(100);
    }
    await Promise.all(Array.from({ length: 30 }, () => suite.engine.inspectContainer(id)));
    expect(suite.far.proxy.accepted - before).toBe(1);
  });

  it("amid creates: each succeeds or fails once, and the list recovers by itself", async () => {
    const watching = suite.far.engine();
    await Promise.all([suite.engine.ping(), watching.ping()]);
    const settled: PromiseSettledResult<string>[] = [];
    const creates = Array.from({ length: 40 }, () =>
      suite.rig.container().then(
        (value) => settled.push({ status: "fulfilled", value }),
        (reason: unknown) => settled.push({ status: "rejected", reason }),
      ),
    );
    await eventually("some have succeeded", () => settled.length > 3);
    suite.far.proxy.cut();
    await Promise.all(creates);
    const failed = settled.filter((one) => one.status === "rejected");
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed) expect(reason).toMatchObject(lost);
    const listed = new Set((await suite.engine.listContainers(suite.rig.label)).map(({ id }) => id));
    expect((await watching.listContainers(suite.rig.label)).length).toBe(listed.size);
    for (const one of settled) if (one.status === "fulfilled") expect(listed).toContain(one.value);
    watching.dispose();
  });

  it("a host that falls silent is noticed", async () => {
    const quick = suite.far.engine({ ssh: { configFile: suite.far.configFile, keepaliveMs: 200 } });
    const events = quick.events(suite.rig.label, forever())[Symbol.asyncIterator]();
    await events.next();
    const next = rejection(events.next());
    await suite.far.signalSessions("SIGSTOP");
    try {
      expect(await next).toMatchObject(lost);
    } finally {
      await suite.far.signalSessions("SIGKILL");
      quick.dispose();
    }
  });

  it("dispose closes it, ends what is under way, and opens nothing again", async () => {
    await eventually("the connections of before are gone", () => suite.far.proxy.open === 0);
    const id = await suite.rig.running();
    const own = suite.far.engine();
    const waiting = rejection(own.waitContainer(id));
    await eventually("both are connected", () => suite.far.proxy.open === 2);
    own.dispose();
    expect(await waiting).toMatchObject(lost);
    await eventually("it is closed", () => suite.far.proxy.open === 1);
    expect(await rejection(own.ping())).toMatchObject(lost);
    // Also one that is being made.
    const early = suite.far.engine();
    const first = rejection(early.ping());
    early.dispose();
    expect(await first).toMatchObject(lost);
    await eventually("nothing is left", () => suite.far.proxy.open === 1);
  });

  it("one who gives up leaves the connection to the others", async () => {
    const own = suite.far.engine();
    const before = suite.far.proxy.accepted;
    const stop = new AbortController();
    const reason = new Error("changed my mind");
    const aborted = rejection(own.ping(stop.signal));
    const other = own.ping();
    stop.abort(reason);
    expect(await aborted).toBe(reason);
    expect((await other).apiVersion).toMatch(/^1\./);
    expect(suite.far.proxy.accepted - before).toBe(1);
    own.dispose();
  });

  it("a host that takes connections and says nothing: ENGINE_TIMEOUT", async () => {
    await suite.far.signalListener("SIGSTOP");
    try {
      const late = suite.far.engine({ timeouts: { connectMs: 300 } });
      expect(await rejection(late.ping())).toMatchObject({ code: "ENGINE_TIMEOUT" });
      late.dispose();
    } finally {
      await suite.far.signalListener("SIGCONT");
    }
    await eventually("it can be reached again", () => suite.engine.ping());
  });
});
