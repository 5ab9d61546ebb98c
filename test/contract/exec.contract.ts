import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ExecRequest } from "../../src/ports/engine.js";
import { collector, eventually } from "../support/collect.js";
import { uniqueName } from "../support/testEngine.js";
import type { Rig } from "./rig.js";

export function execContract(rig: () => Rig): void {
  describe("exec", () => {
    const run = async (id: string, request: ExecRequest, signal?: AbortSignal) => {
      const out = collector();
      const err = collector();
      const { exitCode } = await rig().engine.exec(
        id,
        { ...request, stdout: out.stream, stderr: err.stream },
        signal,
      );
      return { exitCode, stdout: out.text(), stderr: err.text() };
    };

    it("tells stdout and stderr apart and gives the exit code", async () => {
      const id = await rig().running();
      expect(await run(id, { command: ["sh", "-c", "echo out; echo err >&2; exit 42"] })).toEqual({
        exitCode: 42,
        stdout: "out\n",
        stderr: "err\n",
      });
    });

    it("passes arguments as they are, the folder and the environment", async () => {
      const id = await rig().running();
      const odd = "a b'\"$HOME\n*ä";
      const request = {
        command: ["sh", "-c", 'pwd; printf "%s|%s" "$VALUE" "$1"', "sh", odd],
        cwd: "/tmp",
        env: { VALUE: odd },
      };
      expect((await run(id, request)).stdout).toBe(`/tmp\n${odd}|${odd}`);
    });

    it("feeds stdin and closes it", async () => {
      const id = await rig().running();
      expect((await run(id, { command: ["cat"], stdin: Buffer.from("some\0bytes") })).stdout).toBe(
        "some\0bytes",
      );
      const stdin = Readable.from([Buffer.from("one "), Buffer.from("two")]);
      expect((await run(id, { command: ["cat"], stdin })).stdout).toBe("one two");
      expect(await run(id, { command: ["true"], stdin: Buffer.alloc(1 << 20) })).toMatchObject({
        exitCode: 0,
      });
    });

    it("carries much output whole", async () => {
      const id = await rig().running();
      const command = ["sh", "-c", "head -c 5000000 /dev/zero"];
      expect((await run(id, { command })).stdout.length).toBe(5_000_000);
    });

    it("EXEC_FAILED for a command that does not exist, NOT_RUNNING in a container that does not run", async () => {
      const { engine } = rig();
      const id = await rig().running();
      const work = engine.exec(id, { command: ["nosuch-command"] });
      await expect(work).rejects.toMatchObject({ code: "EXEC_FAILED" });
      const stopped = await rig().container();
      await expect(engine.exec(stopped, { command: ["true"] })).rejects.toMatchObject({
        code: "NOT_RUNNING",
      });
      const none = "0".repeat(64);
      await expect(engine.exec(none, { command: ["true"] })).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("kills the command, and what it started, when it is aborted", async () => {
      const id = await rig().running();
      const mark = uniqueName();
      const alive = async () => {
        // Brackets, so that the search does not find itself.
        const pattern = `[${mark.slice(0, 1)}]${mark.slice(1)}`;
        const script =
          'for f in /proc/[0-9]*/cmdline; do tr "\\0" " " 2>/dev/null <"$f" | grep -c "$1"; done 2>/dev/null';
        const { stdout } = await run(id, { command: ["sh", "-c", script, "sh", pattern] });
        return stdout.includes("1");
      };
      const giveUp = new AbortController();
      const reason = new Error("enough");
      const command = ["sh", "-c", 'sh -c "while :; do sleep 1; done" "$1" & wait', mark, mark];
      const work = rig().engine.exec(id, { command }, giveUp.signal);
      work.catch(() => undefined);
      await eventually("the command runs", alive);
      giveUp.abort(reason);
      await expect(work).rejects.toBe(reason);
      expect(await alive()).toBe(false);
      expect((await rig().engine.inspectContainer(id)).status).toBe("running");
    });
  });
}
