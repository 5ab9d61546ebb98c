import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCore } from "../../src/app/createCore.js";
import type { Core } from "../../src/app/core.js";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { labelKeys } from "../../src/model/labels.js";
import { nullLogger } from "../../src/util/log.js";
import { createRig } from "../contract/rig.js";
import { eventually } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";
import { startSshEngine, type SshEngineRig } from "../support/sshEngine.js";
import { startTlsEngine, type TlsEngineRig } from "../support/tlsEngine.js";
import { testEndpoint, testSocketPath, uniqueName } from "../support/testEngine.js";

/** One engine by three roads: the local socket, SSH, and TCP with TLS; each can be gone without the others. */
describe("three engines of three kinds", () => {
  let product: Product;
  let ssh: SshEngineRig;
  let tls: TlsEngineRig;
  let core: Core;
  let agentId: string;
  let local: string;
  let far: string;
  let rig: ReturnType<typeof createRig>;

  beforeAll(async () => {
    [product, ssh, tls] = await Promise.all([startProduct(), startSshEngine(), startTlsEngine()]);
    local = renderEndpoint(testEndpoint());
    far = `ssh://far${testSocketPath()}`;
    const sshDir = join(product.home, ".ssh");
    await mkdir(sshDir, { recursive: true, mode: 0o700 });
    await copyFile(ssh.configFile, join(sshDir, "config"));
    await tls.writeContext(join(product.home, ".docker"), "tls");
    rig = createRig(product.engine);
    agentId = uniqueName("agent");
    await rig.container({ Labels: { [labelKeys.agentId]: agentId, [labelKeys.agentName]: "three" } });
    core = createCore({
      engine: local,
      moreEngines: [far, "context:tls"],
      env: {},
      homeDir: product.home,
      platform: process.platform,
      plainSsh: false,
      log: nullLogger,
    });
  });
  afterAll(async () => {
    core.dispose();
    await rig.cleanUp();
    await product.dispose();
    await Promise.all([ssh.stop(), tls.stop()]);
  });

  const link = (engine: string) => core.picture.engines.find(({ name }) => name === engine)?.link;
  const seenOn = () =>
    core.picture.agents
      .filter(({ agent }) => agent.id === agentId)
      .map(({ agent }) => agent.engine)
      .sort();

  it("are all listed, each in its place, with what the settings call them", async () => {
    const watching = core.watch();
    await eventually("all three", () => seenOn().length === 3);
    expect(core.picture.engines.map(({ name }) => name)).toEqual([local, far, tls.endpoint]);
    expect([...core.picture.settings]).toEqual([
      [far, [far]],
      [tls.endpoint, ["context:tls"]],
    ]);
    await eventually("their health", () => core.picture.engines.every(({ health }) => health !== null));
    watching.dispose();
  });

  it("with one dead from the start: the others list at once, it says why, and comes back by itself", async () => {
    await tls.close();
    const watching = core.watch();
    const start = performance.now();
    await eventually("the others", () => link(local)?.kind === "live" && link(far)?.kind === "live");
    // An attempt on a dead engine takes what it takes; nobody waits for it.
    expect(performance.now() - start).toBeLessThan(3000);
    await eventually("the dead one", () => link(tls.endpoint)?.kind === "down");
    const dead = link(tls.endpoint);
    expect(dead).toMatchObject({ problem: { code: "ENGINE_UNREACHABLE" } });
    expect(dead?.kind === "down" && dead.problem.message).toContain(tls.endpoint);
    // What was known of it stays listed.
    expect(seenOn()).toEqual([local, far, tls.endpoint].sort());
    await tls.open();
    await eventually("it is back", () => link(tls.endpoint)?.kind === "live");
    watching.dispose();
  });

  it("each dying on its own while it is watched", async () => {
    const watching = core.watch();
    await eventually("all live", () => [local, far, tls.endpoint].every((one) => link(one)?.kind === "live"));
    await ssh.signalListener("SIGSTOP");
    try {
      ssh.proxy.cut();
      await eventually("SSH is down", () => link(far)?.kind === "down", 60_000);
      expect([link(local)?.kind, link(tls.endpoint)?.kind]).toEqual(["live", "live"]);
    } finally {
      await ssh.signalListener("SIGCONT");
    }
    await eventually("SSH is back", () => link(far)?.kind === "live", 60_000);
    watching.dispose();
  });

  it("asking for one alone leaves the others as they are", async () => {
    await tls.close();
    const watching = core.watch();
    await eventually("down", () => link(tls.endpoint)?.kind === "down");
    const seen: string[] = [];
    const listening = core.onDidChange(() => seen.push(link(tls.endpoint)?.kind ?? ""));
    core.refresh(tls.endpoint);
    await eventually("tried", () => seen.includes("connecting") && link(tls.endpoint)?.kind === "down");
    await tls.open();
    core.refresh(tls.endpoint);
    await eventually("back", () => link(tls.endpoint)?.kind === "live");
    listening.dispose();
    watching.dispose();
  });

  it("are tried before they are added, and say which step failed", async () => {
    expect(await core.tryEngine("context:tls")).toMatchObject({ reachable: true, engine: tls.endpoint });
    expect(await core.tryEngine("context:none")).toMatchObject({
      reachable: false,
      problem: { code: "ENGINE_NOT_FOUND" },
    });
    expect(await core.tryEngine(tls.endpoint)).toMatchObject({ reachable: false });
    await ssh.configure((common) => `Host far\n  ${common}\nHost new\n  ${common}\n  HostKeyAlias unknown\n`);
    await copyFile(ssh.configFile, join(product.home, ".ssh", "config"));
    expect(await core.tryEngine(`ssh://new${testSocketPath()}`)).toMatchObject({
      reachable: false,
      problem: { code: "HOST_KEY_UNKNOWN" },
    });
    expect(await core.health({ engine: far })).toMatchObject([{ engine: far, reachable: true }]);
  });
});
