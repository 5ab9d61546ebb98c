import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentContext } from "../../../src/agents/context.js";
import { watchLogins } from "../../../src/app/loginWatch.js";
import { AgentError } from "../../../src/model/errors.js";
import { labelKeys } from "../../../src/model/labels.js";
import { Store } from "../../../src/store/store.js";
import type { Disposable } from "../../../src/util/dispose.js";
import { nullLogger } from "../../../src/util/log.js";
import { createFakeEngine, type FakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";
import { eventually } from "../../support/collect.js";

const agentId = "agent-1";
const labels = {
  [labelKeys.agentId]: agentId,
  [labelKeys.agentName]: "web",
  [labelKeys.secrets]: JSON.stringify(["TOKEN"]),
};

describe("the watch over what somebody else starts", () => {
  let home: string;
  let engine: FakeEngine;
  let context: AgentContext;
  let store: Store;
  let id: string;
  let watching: Disposable | undefined;
  /** Settles the deliveries, in their order. */
  let deliveries: { resolve: (exitCode: number) => void; reject: (error: Error) => void }[];

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "agent-containers-watch-"));
    deliveries = [];
    engine = createFakeEngine({
      onExec: () => new Promise<number>((resolve, reject) => deliveries.push({ resolve, reject })),
    });
    // No key lies in that home, so that the login itself is none.
    context = agentContext(engine, home);
    const secrets = { TOKEN: { value: "secret" } };
    await context.vault.keep({ agentId, engine: engine.name, name: "web", secrets });
    ({ id } = await engine.createContainer("web", { Image: "debian:bookworm-slim", Labels: labels }));
    await engine.startContainer(id);
    store = new Store(nullLogger);
    const facts = await engine.inspectContainer(id);
    store.dispatch({ type: "listed", engine: engine.name, containers: [{ facts, hasKey: true }] });
    watching = watchLogins(store, () => Promise.resolve(context));
  });
  afterEach(async () => {
    watching?.dispose();
    engine.dispose();
    await rm(home, { recursive: true, force: true });
  });

  const login = () => store.state.engines.get(engine.name)?.entries.get(id)?.login;
  const delivery = (nth: number) => eventually(`delivery ${nth}`, () => deliveries[nth - 1]);

  it("delivers once, and says that all is well", async () => {
    (await delivery(1)).resolve(0);
    await eventually("the word", () => login()?.kind === "ok");
    expect(deliveries).toHaveLength(1);
  });

  it.each([
    ["went well", (first: (typeof deliveries)[number]) => first.resolve(0)],
    ["failed", (first: (typeof deliveries)[number]) => first.reject(new AgentError("NOT_RUNNING", "Gone."))],
  ])("delivers again to what was started again meanwhile, although the first %s", async (_, settle) => {
    const first = await delivery(1);
    store.dispatch({ type: "started", engine: engine.name, containerId: id });
    settle(first);
    const second = await delivery(2);
    expect(login()).toEqual({ kind: "unknown" });
    second.resolve(0);
    await eventually("the word", () => login()?.kind === "ok");
  });

  it("shows why secrets could not be delivered", async () => {
    (await delivery(1)).resolve(1);
    await eventually("the word", () => login()?.kind === "failed");
    expect(login()).toMatchObject({ problem: { code: "START_FAILED" } });
  });
});
