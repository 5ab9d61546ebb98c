import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packAgentArchive } from "../../../src/workspace/agentArchive.js";
import { packFolder } from "../../../src/workspace/copyWorkspace.js";
import type { CopyOptions } from "../../../src/workspace/copyWorkspace.js";
import { nullLogger } from "../../../src/util/log.js";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ac-pack-"));
});
afterEach(async () => rm(root, { recursive: true }));

const options: CopyOptions = { target: "/app", uid: 1234, gid: 567, log: nullLogger };

interface Unpacked {
  type: string;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
  link?: string;
  size: number;
  hash: string;
}

async function unpack(archive: Readable): Promise<Map<string, Unpacked>> {
  const found = new Map<string, Unpacked>();
  const reader = extract();
  archive.on("error", (error) => reader.destroy(error));
  archive.on("data", (chunk: Buffer) => {
    if (!reader.write(chunk)) archive.pause();
  });
  reader.on("drain", () => archive.resume());
  archive.on("end", () => reader.end(null));
  for await (const entry of reader) {
    const { name, type, mode, uid, gid, mtime, linkname, size } = entry.header;
    const hash = createHash("sha256");
    for await (const chunk of entry) hash.update(chunk as Buffer);
    const link = type === "symlink" ? { link: linkname } : {};
    found.set(name, {
      type,
      mode,
      uid,
      gid,
      mtime: mtime.getTime(),
      size,
      hash: hash.digest("hex"),
      ...link,
    });
  }
  return found;
}

const hashOf = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

describe("packFolder", () => {
  it("keeps bytes, modes, times, links, empty folders and every name", async () => {
    const time = new Date("2020-02-03T04:05:06Z");
    const names = [
      "with space",
      "quote'\"",
      "new\nline",
      "ünï-日本-🙂",
      "back\\slash",
      "-dash",
      "trailing ",
      "x".repeat(255),
    ];
    for (const name of names) await writeFile(join(root, name), name);
    const deep = join("d".repeat(200), "e".repeat(200), "ü".repeat(100));
    await mkdir(join(root, deep), { recursive: true });
    await writeFile(join(root, deep, "f"), "deep");
    await mkdir(join(root, "empty"));
    await writeFile(join(root, "script"), "#!/bin/sh\n");
    await chmod(join(root, "script"), 0o751);
    await utimes(join(root, "script"), time, time);
    await symlink("../outside/ü", join(root, "relative"));
    await symlink("/etc/passwd", join(root, "absolute"));
    await symlink("l".repeat(300), join(root, "long link"));
    const zero = Buffer.alloc(0);
    await writeFile(join(root, "zero"), zero);
    const large = Buffer.alloc(3 * 2 ** 20 + 17, "abc");
    await writeFile(join(root, "large"), large);

    const found = await unpack(packFolder(root, options));
    for (const name of names)
      expect(found.get(`app/${name}`)).toMatchObject({ type: "file", hash: hashOf(name) });
    expect(found.get(`app/${deep}/f`)?.hash).toBe(hashOf("deep"));
    expect([...found].find(([name]) => name.startsWith("app/empty"))?.[1].type).toBe("directory");
    expect(found.get("app/script")).toMatchObject({ mode: 0o751, mtime: time.getTime() });
    expect(found.get("app/relative")).toMatchObject({ type: "symlink", link: "../outside/ü" });
    expect(found.get("app/absolute")).toMatchObject({ type: "symlink", link: "/etc/passwd" });
    expect(found.get("app/long link")).toMatchObject({ link: "l".repeat(300) });
    expect(found.get("app/zero")).toMatchObject({ size: 0 });
    expect(found.get("app/large")).toMatchObject({ size: large.length, hash: hashOf(large) });
    for (const entry of found.values()) expect([entry.uid, entry.gid]).toEqual([1234, 567]);
  });

  it("gives an archive that tar itself reads, with times outside its range held in it", async () => {
    await writeFile(join(root, "old"), "");
    await utimes(join(root, "old"), new Date(-1e9), new Date(-1e9));
    await writeFile(join(root, "new"), "");
    await utimes(join(root, "new"), 2 ** 32, 2 ** 32);
    const archive = await buffer(packFolder(root, { ...options, target: "/a/b/" }));
    const listed = execFileSync("tar", ["--utc", "-tvf", "-"], { input: archive, encoding: "utf8" });
    expect(listed).toMatch(/1970-01-01 00:00 a\/b\/old/);
    expect(listed).toMatch(/2038-01-19 03:14 a\/b\/new/);
    expect(listed).toMatch(/^drwx.* a\/b\/$/m);
  });

  it("skips what is no file, and says so", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer().listen(join(root, "socket"));
    try {
      const skipped: string[] = [];
      const found = await unpack(packFolder(root, { ...options, onSkip: (path) => skipped.push(path) }));
      expect(skipped).toEqual(["pipe", "socket"]);
      expect([...found.keys()]).toEqual(["app/"]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("keeps the archive whole when files vanish, grow or shrink while it is read", async () => {
    const size = 8 * 2 ** 20;
    for (const name of ["a-shrinks", "b-grows"]) await writeFile(join(root, name), Buffer.alloc(size, 1));
    await writeFile(join(root, "c-vanishes"), "x");
    await writeFile(join(root, "d-stays"), "stays");
    const skipped = new Map<string, string>();
    let changed = false;
    const onProgress = () => {
      // The first bytes of the first file have been read.
      if (changed) return;
      changed = true;
      execFileSync("truncate", ["-s", "300000", join(root, "a-shrinks")]);
      execFileSync("rm", [join(root, "c-vanishes")]);
    };
    const archive = packFolder(root, {
      ...options,
      onProgress,
      onSkip: (path, why) => skipped.set(path, why),
    });
    const found = await unpack(archive);
    await truncate(join(root, "b-grows"), size * 2);
    expect(found.get("app/a-shrinks")?.size).toBe(size);
    expect(found.get("app/b-grows")?.hash).toBe(hashOf(Buffer.alloc(size, 1)));
    expect(found.get("app/d-stays")?.hash).toBe(hashOf("stays"));
    expect([...skipped.keys()]).toEqual(["a-shrinks", "c-vanishes"]);
  });

  it("counts what it has read", async () => {
    await writeFile(join(root, "one"), Buffer.alloc(10));
    await writeFile(join(root, "two"), Buffer.alloc(600_000));
    let last = [0, 0];
    await buffer(packFolder(root, { ...options, onProgress: (bytes, files) => (last = [bytes, files]) }));
    expect(last).toEqual([600_010, 2]);
  });

  it("reads no faster than it is read", async () => {
    await writeFile(join(root, "large"), "");
    await truncate(join(root, "large"), 2 ** 30);
    let bytes = 0;
    const archive = packFolder(root, { ...options, onProgress: (read) => (bytes = read) });
    let taken = 0;
    for await (const chunk of archive) {
      taken += (chunk as Buffer).length;
      expect(bytes - taken).toBeLessThan(4 * 2 ** 20);
      if (taken > 64 * 2 ** 20) break;
    }
    expect(archive.destroyed).toBe(true);
    expect(bytes).toBeLessThan(80 * 2 ** 20);
  });

  it("fails with the reason when it is aborted, before and midway", async () => {
    const reason = new Error("enough");
    await writeFile(join(root, "large"), Buffer.alloc(2 ** 22));
    await expect(buffer(packFolder(root, { ...options, signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    await expect(
      buffer(packFolder(root, { ...options, signal: controller.signal, onProgress })),
    ).rejects.toBe(reason);
  });

  // Root reads everything.
  it.skipIf(process.getuid?.() === 0)("fails at a file that may not be read", async () => {
    await writeFile(join(root, "closed"), "x", { mode: 0 });
    await expect(buffer(packFolder(root, options))).rejects.toMatchObject({ code: "WORKSPACE_INVALID" });
  });
});

describe("packAgentArchive", () => {
  it("is the agent's files and the folder in one", async () => {
    await writeFile(join(root, "x"), "x");
    const file = {
      type: "file" as const,
      path: "mngr-state/agent-id",
      mode: 0o644,
      uid: 0,
      gid: 0,
      content: Buffer.from("1"),
    };
    const both = await unpack(packAgentArchive([file], { source: root, options }));
    expect([...both.keys()]).toEqual(["mngr-state/agent-id", "app/", "app/x"]);
    const alone = await unpack(packAgentArchive([file], undefined));
    expect(alone.get("mngr-state/agent-id")).toMatchObject({ uid: 0, mode: 0o644, hash: hashOf("1") });
  });
});
