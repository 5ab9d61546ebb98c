import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import type { ImageFacts } from "../../src/ports/engine.js";
import { rejection } from "../support/collect.js";
import { deriveImage } from "../support/deriveImage.js";
import { makeDnfImage } from "../support/dnfImage.js";
import { connectTestEngine, makeAgent } from "../support/preparedAgent.js";
import { createPreparedBases } from "../support/preparedBases.js";

/** The real dnf, with rpms of the names that Fedora has; see test/support/dnfImage.ts. */
describe("preparing an image with dnf", () => {
  const engine = connectTestEngine();
  const bases = createPreparedBases(engine);
  const { keep, prepare } = bases;
  let base: ImageFacts;
  let prepared: PreparedImage;

  beforeAll(async () => {
    base = keep(await makeDnfImage(engine));
    prepared = await prepare(base);
  });
  afterAll(async () => {
    await bases.dispose();
    engine.dispose();
  });

  it("installs what is missing, and the agent takes a login", async () => {
    expect(bases.lines.join("\n")).toMatch(/^Installing openssh-server tmux .*procps-ng ca-certificates$/m);
    expect(prepared).toMatchObject({ user: "agent", uid: 1000, home: "/home/agent" });
    const agent = await makeAgent(engine, prepared);
    try {
      await agent.start();
      const tools = "/usr/sbin/sshd tmux curl rsync git jq ps sudo bash tar";
      const missing = await agent.ssh(`for t in ${tools}; do command -v $t >/dev/null || echo $t; done`);
      expect(missing).toMatchObject({ code: 0, stdout: "" });
      expect((await agent.ssh("id -un; sudo -n id -un")).stdout).toBe("agent\nroot\n");
      expect((await agent.exec("sh", "-c", "ls /etc/ssh/ssh_host_* /var/cache/dnf")).stdout).toBe("");
    } finally {
      await agent.dispose();
    }
  });

  it("makes another image for other packages, and installs only what is not there", async () => {
    const from = keep(await engine.inspectImage(prepared.id));
    const more = await prepare(from, ["hello", "jq"]);
    expect(more.reference).not.toBe(prepared.reference);
    expect(bases.lines).toContain("Installing hello");
    const again = await prepare(from, ["jq", "hello"]);
    expect(again).toEqual({ ...more, built: false });
    expect(bases.lines).toEqual([]);
    await prepare(from, ["jq"], "other");
    expect(bases.lines).toContain("Every package is there already.");
  });

  it("names a package that does not exist, and leaves nothing", async () => {
    const error = await rejection(prepare(base, ["no-such-package-here"]));
    expect(error).toMatchObject({
      code: "PREPARE_FAILED",
      field: "packages",
      message: expect.stringContaining("there is no package no-such-package-here.") as string,
    });
    const label = `agent-containers.prepared.base=${base.id}`;
    expect((await engine.listImages(label)).map(({ id }) => id)).toEqual([prepared.id]);
  });

  it("says so when the repositories cannot be reached", async () => {
    const script = "sed -i 's|^baseurl=.*|baseurl=http://nowhere.invalid/repo|' /etc/yum.repos.d/test.repo";
    const away = keep(await deriveImage(engine, base.id, script));
    expect(await rejection(prepare(away))).toMatchObject({
      code: "PREPARE_FAILED",
      message: expect.stringContaining("package servers cannot be reached") as string,
    });
  });

  it("takes yum where that is its name", async () => {
    const script = "rm /usr/bin/dnf; ln -sf dnf-3 /usr/bin/yum";
    const yum = keep(await deriveImage(engine, prepared.id, script));
    expect(await prepare(yum, ["hello"])).toMatchObject({ user: "agent" });
    expect(bases.lines.join("\n")).toContain("Installing hello");
    expect(await rejection(prepare(yum, ["no-such-package-here", "hello"]))).toMatchObject({
      message: expect.stringContaining("there is no package no-such-package-here.") as string,
    });
  });
});
