import { describe, expect, it } from "vitest";
import type { EngineEvent, LogRequest } from "../../src/ports/engine.js";
import { uniqueName } from "../support/testEngine.js";
import type { Rig } from "./rig.js";

const talk = ["sh", "-c", "echo one; echo two; echo oops >&2; exit 3"];

export function streamContract(rig: () => Rig): void {
  describe("logs", () => {
    const read = async (id: string, request: LogRequest) => {
      const text = { stdout: "", stderr: "" };
      for await (const { stream, data } of rig().engine.logs(id, request)) text[stream] += data.toString();
      return text;
    };

    it("of a stopped container, with stdout and stderr told apart; following ends with it", async () => {
      const id = await rig().running({ Cmd: talk });
      expect(await read(id, { follow: true })).toEqual({ stdout: "one\ntwo\n", stderr: "oops\n" });
      expect(await read(id, {})).toEqual({ stdout: "one\ntwo\n", stderr: "oops\n" });
      expect(await read(id, { since: new Date(Date.now() + 60_000) })).toEqual({ stdout: "", stderr: "" });
      expect(await read(id, { until: new Date(Date.now() - 60_000) })).toEqual({ stdout: "", stderr: "" });
      await expect(read("0".repeat(64), {})).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("following ends with its signal", async () => {
      const id = await rig().running();
      const giveUp = new AbortController();
      const reason = new Error("enough");
      const following = rig().engine.logs(id, { follow: true }, giveUp.signal)[Symbol.asyncIterator]().next();
      setTimeout(() => giveUp.abort(reason), 50);
      await expect(following).rejects.toBe(reason);
    });
  });

  describe("events", () => {
    it("come in the order in which things happen, for what carries the label", async () => {
      const { engine } = rig();
      const mark = uniqueName();
      const giveUp = new AbortController();
      const iterator = engine.events(`test-events=${mark}`, giveUp.signal)[Symbol.asyncIterator]();
      expect((await iterator.next()).value).toEqual({ type: "connected" });
      // Made before it is asked for, and of another label: neither must be missed nor seen.
      await rig().container();
      const id = await rig().container({ Labels: { "test-events": mark } });
      await engine.startContainer(id);
      await engine.stopContainer(id, 5);
      await engine.removeContainer(id);
      const events: EngineEvent[] = [];
      for (let last = ""; last !== "destroy";) {
        const next = await iterator.next();
        if (next.done) throw new Error("events ended");
        events.push(next.value);
        if (next.value.type === "container") last = next.value.action;
      }
      const containers = events.flatMap((event) => (event.type === "container" ? [event] : []));
      const actions = containers.map(({ action }) => action);
      expect(actions.slice(0, 3)).toEqual(["create", "start", "kill"]);
      // Engines up to 24 tell that it died and then that the stop is done, later ones the other way round.
      expect(actions.slice(3, 5).sort()).toEqual(["die", "stop"]);
      expect(actions.slice(5)).toEqual(["destroy"]);
      expect(new Set(containers.map((event) => event.id))).toEqual(new Set([id]));
      expect(containers[0]?.labels["test-events"]).toBe(mark);
      expect(containers[2]?.signal).toBe(15);
      expect(containers.find(({ action }) => action === "die")?.exitCode).toBe(143);
      expect(Math.abs((containers[5]?.at.getTime() ?? 0) - Date.now())).toBeLessThan(10_000);
      const reason = new Error("enough");
      const waiting = iterator.next();
      setTimeout(() => giveUp.abort(reason), 20);
      await expect(waiting).rejects.toBe(reason);
    });
  });
}
