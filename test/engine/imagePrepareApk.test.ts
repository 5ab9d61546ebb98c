import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import type { ImageFacts } from "../../src/ports/engine.js";
import { busyboxMissing, makeAlpineImage } from "../support/alpineImage.js";
import { rejection } from "../support/collect.js";
import { deriveImage } from "../support/deriveImage.js";
import { connectTestEngine, makeAgent, prepareBase } from "../support/preparedAgent.js";
import { createPreparedBases } from "../support/preparedBases.js";

/** What there is of Alpine here: see test/support/alpineImage.ts. */
describe.skipIf(busyboxMissing)(`preparing an image with apk${busyboxMissing}`, () => {
  const engine = connectTestEngine();
  const bases = createPreparedBases(engine);
  const { keep, prepare } = bases;
  let base: ImageFacts;
  let prepared: PreparedImage;

  beforeAll(async () => {
    base = keep(await makeAlpineImage(engine, (await prepareBase(engine)).id));
    prepared = await prepare(base);
  });
  afterAll(async () => {
    await bases.dispose();
    engine.dispose();
  });

  it("installs what Busybox has not, makes the user with adduser, and the agent takes a login", async () => {
    expect(bases.lines).toContain(
      "Installing openssh-server tmux curl rsync git jq sudo bash ca-certificates libstdc++",
    );
    expect(prepared).toMatchObject({ user: "agent", uid: 1000, gid: 1000, home: "/home/agent" });
    const agent = await makeAgent(engine, prepared, {
      body: { Cmd: ["sh", "-c", "id -un; exec sleep 600"] },
    });
    try {
      await agent.start();
      expect((await agent.ssh("id -un; sudo -n id -un; echo $0; touch /app/x && echo mine")).stdout).toBe(
        "agent\nroot\nbash\nmine\n",
      );
      expect((await agent.exec("grep", "^agent:", "/etc/shadow")).stdout).toMatch(/^agent:\*:/);
      // The command runs as the user too, by Busybox's su.
      expect(await agent.logs()).toContain("agent\n");
    } finally {
      await agent.dispose();
    }
  });

  it("takes a user that the image has, locked and without a shell", async () => {
    const script = "addgroup -g 4242 dev && adduser -D -G dev -u 4242 -s /sbin/nologin dev";
    const from = keep(await deriveImage(engine, prepared.id, script));
    expect(await prepare(from, [], "dev")).toMatchObject({ user: "dev", uid: 4242, gid: 4242 });
    expect(bases.lines).toContain("Every package is there already.");
    const made = await prepare(from, [], "third");
    expect(made).toMatchObject({ user: "third", uid: 1001 });
    const agent = await makeAgent(engine, await prepare(from, [], "dev"));
    try {
      await agent.start();
      expect((await agent.ssh("id -un; sudo -n id -un")).stdout).toBe("dev\nroot\n");
    } finally {
      await agent.dispose();
    }
  });

  it("names a package that does not exist, and leaves nothing", async () => {
    const label = `agent-containers.prepared.base=${base.id}`;
    const before = await engine.listImages(label);
    expect(await rejection(prepare(base, ["no-such-package-here"]))).toMatchObject({
      code: "PREPARE_FAILED",
      field: "packages",
      message: expect.stringContaining("there is no package no-such-package-here.") as string,
    });
    expect(await engine.listImages(label)).toEqual(before);
  });
});
