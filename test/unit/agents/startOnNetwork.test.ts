import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOnNetwork } from "../../../src/agents/startOnNetwork.js";
import { AgentError } from "../../../src/model/errors.js";
import { labelKeys } from "../../../src/model/labels.js";
import { createFakeEngine, type FakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";
import { rejection } from "../../support/collect.js";

const network = { name: "agents", subnet: "172.30.0.0/16" };
const quietly = { onProgress: () => undefined };

describe("starting an agent whose network is gone", () => {
  let home: string;
  let engine: FakeEngine;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "agent-containers-network-"));
    engine = createFakeEngine();
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  async function stopped() {
    const { id } = await engine.createContainer("web", {
      Image: "debian:bookworm-slim",
      Labels: {
        [labelKeys.agentId]: "agent-1",
        [labelKeys.agentName]: "web",
        [labelKeys.network]: JSON.stringify(network),
      },
      HostConfig: { NetworkMode: network.name },
    });
    return engine.inspectContainer(id);
  }

  it("tries again where the network that it made is gone once more, because another client's came first", async () => {
    const facts = await stopped();
    engine.failNext("connectNetwork", new AgentError("NOT_FOUND", "There is no network 0a1b2c."));
    await startOnNetwork(agentContext(engine, home), facts, quietly);
    expect((await engine.inspectContainer(facts.id)).status).toBe("running");
    expect(await engine.findNetwork(network.name)).toMatchObject(network);
  });

  it("gives up where its subnet is another's now, and says how to go on", async () => {
    const facts = await stopped();
    await engine.createNetwork({ name: "theirs", subnet: network.subnet }, {});
    const error = await rejection(startOnNetwork(agentContext(engine, home), facts, quietly));
    expect(error).toMatchObject({ code: "NETWORK_CONFLICT" });
    expect(error.message).toContain("theirs");
    expect(error).toHaveProperty(
      "remedy",
      "Make it again and join it: docker network create agents; docker network connect agents web. Then start the agent.",
    );
    expect(engine.requests.map(({ method }) => method)).not.toContain("connectNetwork");
  });
});
