import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Core } from "../../src/app/core.js";
import { createCore } from "../../src/app/createCore.js";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { labelKeys } from "../../src/model/labels.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { eventually } from "../support/collect.js";
import { canStartPrivateEngine, createPrivateEngine, type PrivateEngine } from "../support/privateEngine.js";
import { baseImage } from "../support/testEngine.js";

/** The seventh end (see exits.test.ts), on an engine of our own: it takes its containers down with it. */
describe.skipIf(!canStartPrivateEngine)("an engine that is restarted", () => {
  let daemon: PrivateEngine;
  let engine: Engine;
  let core: Core;
  let watching: { dispose(): void };

  const another = () =>
    createCore({
      engine: `unix://${daemon.socketPath}`,
      env: {},
      homeDir: "/nonexistent",
      platform: process.platform,
      plainSsh: false,
      log: nullLogger,
    });

  beforeAll(async () => {
    daemon = await createPrivateEngine();
    await daemon.start();
    await daemon.loadBaseImage();
    engine = createDockerEngine({ kind: "unix", path: daemon.socketPath }, { log: nullLogger });
    core = another();
    watching = core.watch();
    await eventually("the engine is live", () => core.picture.engines[0]?.link.kind === "live");
  });
  afterAll(async () => {
    watching.dispose();
    core.dispose();
    engine.dispose();
    await daemon.close();
  });

  const agent = (name: string) => core.picture.agents.find((row) => row.agent.name === name)?.agent;
  /** Its network is not needed here, and a private engine has none. */
  async function start(name: string, restart: "no" | "always"): Promise<void> {
    const { id } = await engine.createContainer(name, {
      Image: baseImage,
      Cmd: ["sleep", "infinity"],
      Labels: { [labelKeys.agentId]: `agent-${name}`, [labelKeys.agentName]: name },
      HostConfig: { NetworkMode: "none", Init: true, RestartPolicy: { Name: restart } },
    });
    await engine.startContainer(id);
    await eventually("it runs", () => agent(name)?.state === "running");
  }

  it("says so of each agent that ended with it, within a second of its return, and of no other", async () => {
    await start("taken", "no");
    await start("again", "always");
    const reason = "Ended while the engine was away or restarting (code 143).";
    const links = new Set<string>();
    const shownAt = new Map<string, number>();
    const listening = core.onDidChange((picture) => {
      links.add(picture.engines[0]?.link.kind ?? "");
      for (const row of picture.agents) {
        const shown = `${row.agent.name} ${row.agent.state} ${row.agent.stateReason}`;
        // As it was before the engine went away does not count.
        if (links.has("down") && !shownAt.has(shown)) shownAt.set(shown, Date.now());
      }
    });
    // Away so long that the next attempt by the clock is seconds off.
    await daemon.restart(() =>
      eventually("the third attempt is waited for", () => {
        const link = core.picture.engines[0]?.link;
        return link?.kind === "down" && link.retryAt - Date.now() > 3500;
      }),
    );
    const back = Date.now();
    await eventually("it is live again", () => core.picture.engines[0]?.link.kind === "live");
    await eventually("the other runs", () => agent("again")?.state === "running");
    listening.dispose();
    expect(agent("taken")).toMatchObject({ state: "exited", stateReason: reason, exit: { code: 143 } });
    expect(agent("again")).toMatchObject({ state: "running", stateReason: "" });
    for (const shown of [`taken exited ${reason}`, "again running "]) {
      const delay = (shownAt.get(shown) ?? Infinity) - back;
      console.log(`"${shown}" ${delay} ms after the engine answered again`);
      expect(delay).toBeLessThan(1000);
    }
    const later = another();
    expect((await later.list()).find(({ name }) => name === "taken")).toMatchObject({ exit: { code: 143 } });
    later.dispose();
  });
});
