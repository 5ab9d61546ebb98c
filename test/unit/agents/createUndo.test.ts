import { mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAgent, identify } from "../../../src/agents/create.js";
import type { AgentContext } from "../../../src/agents/context.js";
import { preparedReference } from "../../../src/image/preparedImage.js";
import { AgentError } from "../../../src/model/errors.js";
import { parseSpec, type AgentSpecInput } from "../../../src/model/spec.js";
import { createFakeEngine, type FakeEngine } from "../../fakes/fakeEngine.js";
import type { Method } from "../../fakes/fakeState.js";
import { agentContext } from "../../support/agentContext.js";
import { eventually, rejection } from "../../support/collect.js";

/** What a create asks of the engine, in its order, once the prepared image is there. */
const asked: Method[] = [
  "capabilities",
  "listContainers",
  "inspectContainer",
  "inspectImage",
  "findNetwork",
  "createNetwork",
  "createContainer",
  "putArchive",
  "startContainer",
];

describe("a create that fails half way", () => {
  let home: string;
  let engine: FakeEngine;
  let context: AgentContext;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "agent-containers-undo-"));
    engine = createFakeEngine({ images: [] });
    const base = engine.addImage("debian:bookworm-slim");
    const prepared = preparedReference({ baseId: base.id, packages: [], user: "agent" });
    const facts = { user: "agent", uid: "1000", gid: "1000", home: "/home/agent" };
    const labels = Object.entries(facts).map(
      ([key, value]) => [`agent-containers.prepared.${key}`, value] as const,
    );
    engine.addImage(prepared.reference, { labels: Object.fromEntries(labels) });
    context = agentContext(engine, home);
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  function create(signal?: AbortSignal, more: AgentSpecInput = {}) {
    const spec = parseSpec({ name: "web", ...more });
    return createAgent(context, spec, identify(spec, Date.now()), { signal, onProgress: () => undefined });
  }

  async function nothingIsLeft(): Promise<void> {
    expect(await engine.listContainers("com.imbue.mngr.agent-id")).toEqual([]);
    expect(await engine.listVolumes("com.imbue.mngr.agent-id")).toEqual([]);
    expect((await engine.listNetworks()).map(({ name }) => name)).not.toContain("agents");
    expect(await readdir(home)).toEqual([]);
  }

  it("handing over the secrets leaves nothing, their record neither, and does not wait for a login", async () => {
    engine.failNext("exec", new AgentError("ENGINE_FAILED", "exec failed."));
    const failing = create(undefined, { secrets: { TOKEN: { value: "secret" } } });
    expect(await rejection(failing)).toMatchObject({ code: "ENGINE_FAILED", message: "exec failed." });
    // An empty .config may be anybody's.
    if ((await readdir(home)).includes(".config")) await rmdir(join(home, ".config"));
    await nothingIsLeft();
  });

  it.each(asked)("at %s leaves nothing, and gives that error", async (method) => {
    engine.failNext(method, new AgentError("ENGINE_FAILED", `${method} failed.`));
    expect(await rejection(create())).toMatchObject({ code: "ENGINE_FAILED", message: `${method} failed.` });
    await nothingIsLeft();
  });

  it.each(asked)("because it is cancelled while %s hangs, leaves nothing", async (method) => {
    const release = engine.hang(method);
    const stop = new AbortController();
    const creating = rejection(create(stop.signal));
    await eventually("it hangs", () => engine.requests.some((request) => request.method === method));
    stop.abort();
    // A create that was sent is waited for: nobody else would know what it made.
    release();
    expect(await creating).toMatchObject({ name: "AbortError" });
    await nothingIsLeft();
  });

  it("because its container ends at once, does not wait for a login", async () => {
    const creating = rejection(create());
    const { id } = await eventually("it runs", async () => {
      const [found] = await engine.listContainers("com.imbue.mngr.agent-id");
      return found?.status === "running" && found;
    });
    engine.endContainer(id, 3);
    expect(await creating).toMatchObject({ code: "START_FAILED" });
    await nothingIsLeft();
  });

  it("says what it could not remove", async () => {
    engine.failNext("startContainer", new AgentError("START_FAILED", "No."));
    engine.failNext("removeContainer", new AgentError("ENGINE_FAILED", "Cannot."));
    const error = await rejection(create());
    expect(error).toMatchObject({ code: "START_FAILED" });
    expect(error.message).toContain("agent web");
  });

  it("tries other ports when one was taken meanwhile", async () => {
    const stop = new AbortController();
    engine.failNext(
      "startContainer",
      new AgentError("PORT_CONFLICT", "A port is already in use: 127.0.0.1:1."),
    );
    const creating = rejection(create(stop.signal));
    await eventually("it runs", async () => {
      const [found] = await engine.listContainers("com.imbue.mngr.agent-id");
      return found?.status === "running";
    });
    const created = engine.requests.filter(({ method }) => method === "createContainer");
    expect(created).toHaveLength(2);
    const ports = created.map(({ args }) => JSON.stringify(args).match(/"HostPort":"(\d+)"/g));
    expect(ports[0]).not.toEqual(ports[1]);
    stop.abort();
    await creating;
    await nothingIsLeft();
  });
});
