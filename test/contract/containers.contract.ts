import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { uniqueName } from "../support/testEngine.js";
import type { Rig } from "./rig.js";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function containerContract(rig: () => Rig): void {
  describe("containers", () => {
    it("create, start, stop and remove, each twice without harm", async () => {
      const { engine } = rig();
      const id = await rig().container();
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      expect(await engine.inspectContainer(id)).toMatchObject({
        id,
        status: "created",
        image: "debian:bookworm-slim",
      });
      expect((await engine.inspectContainer(id)).startedAt).toBeUndefined();
      await engine.startContainer(id);
      await engine.startContainer(id);
      const running = await engine.inspectContainer(id);
      expect(running.status).toBe("running");
      expect(running.exit).toBeUndefined();
      expect(running.startedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
      await engine.stopContainer(id, 5);
      await engine.stopContainer(id, 5);
      const stopped = await engine.inspectContainer(id);
      expect(stopped.status).toBe("exited");
      expect(stopped.exit).toMatchObject({ code: 143, oomKilled: false });
      expect(stopped.exit?.at?.getTime()).toBeGreaterThan(Date.now() - 60_000);
      await engine.restartContainer(id, 5);
      expect((await engine.inspectContainer(id)).status).toBe("running");
      await engine.removeContainer(id);
      await engine.removeContainer(id);
      await expect(engine.inspectContainer(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("pauses and goes on, each twice without harm, and not what is stopped", async () => {
      const { engine } = rig();
      const id = await rig().running();
      await engine.pauseContainer(id);
      await engine.pauseContainer(id);
      expect((await engine.inspectContainer(id)).status).toBe("paused");
      await engine.unpauseContainer(id);
      await engine.unpauseContainer(id);
      expect((await engine.inspectContainer(id)).status).toBe("running");
      await engine.stopContainer(id, 1);
      await expect(engine.pauseContainer(id)).rejects.toMatchObject({ code: "NOT_RUNNING" });
      await expect(engine.unpauseContainer(id)).rejects.toMatchObject({ code: "NOT_RUNNING" });
    });

    it("freezes for as long as some work takes, and thaws whatever becomes of that", async () => {
      const { engine } = rig();
      const id = await rig().running();
      const status = async () => (await engine.inspectContainer(id)).status;
      expect(await engine.whileFrozen(id, status)).toBe("paused");
      expect(await status()).toBe("running");
      const failing = engine.whileFrozen(id, () => Promise.reject(new Error("no")));
      await expect(failing).rejects.toThrow("no");
      expect(await status()).toBe("running");
      await engine.pauseContainer(id);
      expect(await engine.whileFrozen(id, status)).toBe("paused");
      expect(await status()).toBe("paused");
      await engine.unpauseContainer(id);
      // It is gone when it would be thawed.
      await engine.whileFrozen(id, () => engine.removeContainer(id));
      await expect(engine.whileFrozen(id, status)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("renames, also to the name that it has, and not to another's", async () => {
      const { engine } = rig();
      const id = await rig().container();
      const other = await rig().container();
      const name = uniqueName();
      await engine.renameContainer(id, name);
      await engine.renameContainer(id, name);
      expect((await engine.inspectContainer(id)).name).toBe(name);
      await expect(engine.renameContainer(other, name)).rejects.toMatchObject({ code: "NAME_CONFLICT" });
      await expect(engine.renameContainer("0".repeat(64), uniqueName())).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    it("removes once, when asked twice at the same time", async () => {
      const id = await rig().running();
      await Promise.all([rig().engine.removeContainer(id), rig().engine.removeContainer(id)]);
      await expect(rig().engine.startContainer(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("lists by label in every state, as an inspect tells it", async () => {
      const { engine } = rig();
      const mark = uniqueName();
      const Labels = { "test-list": mark };
      const created = await rig().container({ Labels });
      const running = await rig().running({ Labels });
      const exited = await rig().running({ Labels, Cmd: ["sh", "-c", "exit 7"] });
      await engine.waitContainer(exited);
      const facts = await engine.listContainers(`test-list=${mark}`);
      expect(new Map(facts.map(({ id, status }) => [id, status]))).toEqual(
        new Map([
          [created, "created"],
          [running, "running"],
          [exited, "exited"],
        ]),
      );
      expect(facts.find(({ id }) => id === exited)?.exit).toEqual({ code: 7 });
      const listed = facts.find(({ id }) => id === running);
      const { createdAt, startedAt, ...inspected } = await engine.inspectContainer(running);
      expect(listed).toMatchObject(inspected);
      expect(Math.abs((listed?.createdAt.getTime() ?? 0) - createdAt.getTime())).toBeLessThanOrEqual(1000);
      expect(startedAt).toBeInstanceOf(Date);
      expect((await engine.listContainers("test-list")).length).toBeGreaterThanOrEqual(3);
      expect(await engine.listContainers(`test-list=${uniqueName()}`)).toEqual([]);
    });

    it("is listed as ended at once when a stop or a wait has told so, ten times", async () => {
      const { engine } = rig();
      const mark = uniqueName();
      const ids = await Promise.all(
        Array.from({ length: 10 }, () => rig().container({ Labels: { "test-ended": mark } })),
      );
      const listed = async (id: string) =>
        (await engine.listContainers(`test-ended=${mark}`)).find((facts) => facts.id === id)?.status;
      for (const [index, id] of ids.entries()) {
        await engine.startContainer(id);
        const waiting = engine.waitContainer(id);
        const stopping = engine.stopContainer(id, 5);
        await (index % 2 === 0 ? waiting : stopping);
        expect(await listed(id)).toBe("exited");
        await Promise.all([waiting, stopping]);
      }
    });

    it("gives the exit code to who waits", async () => {
      const id = await rig().running({ Cmd: ["sh", "-c", "exit 7"] });
      expect(await rig().engine.waitContainer(id)).toBe(7);
      expect((await rig().engine.inspectContainer(id)).exit?.code).toBe(7);
    });

    it("a wait ends with its signal", async () => {
      const id = await rig().running();
      const giveUp = new AbortController();
      const reason = new Error("enough");
      const waiting = rig().engine.waitContainer(id, giveUp.signal);
      setTimeout(() => giveUp.abort(reason), 50);
      await expect(waiting).rejects.toBe(reason);
      expect((await rig().engine.inspectContainer(id)).status).toBe("running");
    });

    it("refuses a name that is taken, an image that is not there, and values that no engine takes", async () => {
      const { engine } = rig();
      const name = uniqueName();
      await engine.createContainer(name, rig().body());
      await expect(engine.createContainer(name, rig().body())).rejects.toMatchObject({
        code: "NAME_CONFLICT",
      });
      await expect(
        engine.createContainer(uniqueName(), rig().body({ Image: "agent-containers-test/none:here" })),
      ).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
      await expect(engine.createContainer("a name", rig().body())).rejects.toMatchObject({
        code: "SPEC_INVALID",
      });
    });

    it("START_FAILED for a command that does not exist", async () => {
      const id = await rig().container({ Cmd: ["/nosuch"], HostConfig: { Init: false } });
      await expect(rig().engine.startContainer(id)).rejects.toMatchObject({ code: "START_FAILED" });
    });

    it("publishes ports on the address that was asked for, and PORT_CONFLICT for one that is taken", async () => {
      const { engine } = rig();
      const port = await freePort();
      const published = {
        ExposedPorts: { "22/tcp": {}, "23/tcp": {} },
        HostConfig: {
          NetworkMode: "bridge",
          PortBindings: {
            "22/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }],
            "23/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }],
          },
        },
      };
      const first = await rig().running(published);
      const { ports } = await engine.inspectContainer(first);
      expect(ports).toHaveLength(2);
      expect(ports[0]).toEqual({ containerPort: 22, protocol: "tcp", hostIp: "127.0.0.1", hostPort: port });
      expect(ports[1]?.hostPort).toBeGreaterThan(0);
      expect((await engine.listContainers(rig().label)).find(({ id }) => id === first)?.ports).toEqual(ports);
      const second = await rig().container(published);
      await expect(engine.startContainer(second)).rejects.toMatchObject({ code: "PORT_CONFLICT" });
      await engine.removeContainer(first);
      await engine.startContainer(second);
      expect((await engine.inspectContainer(second)).ports[0]?.hostPort).toBe(port);
    });
  });
}
