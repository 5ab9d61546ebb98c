import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { packAgentArchive } from "../../src/workspace/agentArchive.js";
import { uniqueName } from "../support/testEngine.js";
import type { Rig } from "./rig.js";
import { tarOf, untar } from "./rig.js";

export function archiveContract(rig: () => Rig): void {
  describe("archives", () => {
    it("go in and come back before the first start, with their modes", async () => {
      const { engine } = rig();
      const id = await rig().container();
      await engine.putArchive(id, "/etc", await tarOf("ac/one", "first\0byte ä"));
      await engine.putArchive(id, "/etc", Readable.from([await tarOf("ac/two", "second", 0o755)]));
      const files = await untar(await buffer(await engine.getArchive(id, "/etc/ac")));
      expect(files).toEqual({
        "ac/one": { mode: 0o600, text: "first\0byte ä" },
        "ac/two": { mode: 0o755, text: "second" },
      });
    });

    it("a volume is written and read through containers that never run, one after another", async () => {
      const { engine } = rig();
      const volume = uniqueName();
      const Mounts = [
        { Type: "volume" as const, Source: volume, Target: "/kept", VolumeOptions: { Labels: rig().labels } },
      ];
      const body = { HostConfig: { Mounts } };
      const [one, two] = [await rig().container(body), await rig().container(body)];
      await engine.putArchive(one, "/kept", await tarOf("a/b/c", "through one"));
      const read = async (id: string) => untar(await buffer(await engine.getArchive(id, "/kept")));
      expect(await read(two)).toEqual({ "kept/a/b/c": { mode: 0o600, text: "through one" } });
      await engine.removeContainer(one);
      expect(Object.keys(await read(two))).toEqual(["kept/a/b/c"]);
      // The only way to delete: a file takes the place of a folder and of all that is below it.
      await engine.putArchive(two, "/kept", await tarOf("a/b", ""));
      expect(await read(two)).toEqual({ "kept/a/b": { mode: 0o600, text: "" } });
      await expect(engine.getArchive(two, "/kept/a/none")).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("a folder keeps the time that it was given until something is put into it", async () => {
      const { engine } = rig();
      const id = await rig().container();
      const mtime = new Date("2001-02-03T04:05:06Z");
      const own = { type: "directory", path: "etc/own", mode: 0o755, uid: 0, gid: 0, mtime } as const;
      await engine.putArchive(id, "/", packAgentArchive([own]));
      expect(await engine.modifiedAt(id, "/etc/own")).toEqual(mtime);
      await engine.putArchive(id, "/etc/own", await tarOf("one", "x"));
      expect((await engine.modifiedAt(id, "/etc/own")).getFullYear()).toBeGreaterThan(2020);
      await expect(engine.modifiedAt(id, "/etc/none")).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(engine.modifiedAt("0".repeat(64), "/etc")).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("one that is given up unread lets the container go", async () => {
      const { engine } = rig();
      const id = await rig().container();
      await engine.putArchive(id, "/etc", await tarOf("large", randomBytes(8 * 2 ** 20)));
      (await engine.getArchive(id, "/etc/large")).destroy();
      await engine.putArchive(id, "/etc", await tarOf("after", "x"), AbortSignal.timeout(20_000));
    });

    it("NOT_FOUND where there is no container, no folder, no file", async () => {
      const { engine } = rig();
      const id = await rig().container();
      const tar = await tarOf("x", "x");
      const none = "0".repeat(64);
      await expect(engine.putArchive(none, "/etc", tar)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(engine.putArchive(id, "/nosuch", tar)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(engine.putArchive(id, "/nosuch", Readable.from([tar]))).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(engine.getArchive(id, "/etc/nosuch")).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("reject with the error of the archive that was being read", async () => {
      const id = await rig().container();
      const reason = Object.assign(new Error("the disk here is broken"), { code: "ENOENT" });
      const broken = new Readable({
        read() {
          this.destroy(reason);
        },
      });
      await expect(rig().engine.putArchive(id, "/etc", broken)).rejects.toBe(reason);
    });
  });
}
