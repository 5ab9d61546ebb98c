import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchSocket } from "../../../src/engine/watchSocket.js";
import { eventually } from "../../support/collect.js";

describe("watchSocket", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ac-watch-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("tells when the socket is made, and of no other file, until it is disposed", async () => {
    const path = join(folder, "docker.sock");
    let made = 0;
    const watching = watchSocket(path, () => (made += 1));
    let others = 0;
    const beside = watchSocket(join(folder, "other"), () => (others += 1));
    await writeFile(join(folder, "other"), "");
    await eventually("the other file is seen", () => others > 0);
    expect(made).toBe(0);
    const server = createServer().listen(path);
    await eventually("the socket is seen", () => made > 0);
    watching.dispose();
    const seen = made;
    const before = others;
    await new Promise((closed) => server.close(closed));
    await writeFile(join(folder, "other"), "again");
    await eventually("the other file is seen again", () => others > before);
    expect(made).toBe(seen);
    beside.dispose();
  });

  it("does nothing where there is no such folder", () => {
    watchSocket(join(folder, "none", "docker.sock"), () => undefined).dispose();
  });
});
