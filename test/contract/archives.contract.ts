import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
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
