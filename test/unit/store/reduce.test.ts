import { describe, expect, it } from "vitest";
import { labelKeys, renderLabels } from "../../../src/model/labels.js";
import { parseSpec } from "../../../src/model/spec.js";
import type { ContainerFacts } from "../../../src/ports/engine.js";
import { describeAgent } from "../../../src/store/describe.js";
import { reduce, type Message } from "../../../src/store/reduce.js";
import { agentRows } from "../../../src/store/rows.js";
import { emptyState, type Entry, type State } from "../../../src/store/state.js";

const engine = "unix:///var/run/docker.sock";
const agentId = "agent-0123456789abcdef0123456789abcdef";

function facts(change: Partial<ContainerFacts> = {}): ContainerFacts {
  const labels = renderLabels(
    {
      agentId,
      name: "web",
      type: "command",
      tags: {},
      parentId: null,
      createdAt: "2026-11-21T00:00:00.000Z",
      alias: "ac-web",
      sshPort: 20022,
      hostKey: "ssh-ed25519 AAAA",
      user: "agent",
      workspaceFolder: "/app",
    },
    parseSpec({}),
  );
  return {
    id: "c1",
    name: "web",
    image: "debian",
    status: "running",
    createdAt: new Date(0),
    labels,
    ports: [],
    networks: {},
    mounts: [],
    ...change,
  };
}

const play = (...messages: Message[]): State => messages.reduce(reduce, emptyState);
const seen = (change?: Partial<ContainerFacts>): Extract<Message, { type: "seen" }> => ({
  type: "seen",
  engine,
  container: { facts: facts(change), hasKey: true },
});
const describeEntry = (name: string, entry: Entry) =>
  describeAgent(entry, {
    engine: name,
    endpoint: { kind: "unix", path: "/var/run/docker.sock" },
    sshFilesOf: (id) => ({ identityFile: `/k/${id}`, knownHostsFile: "/k/h", configFile: "/k/c" }),
  });
const rows = (state: State) => agentRows(state, describeEntry);

describe("the state", () => {
  it("is the same object where nothing changed", () => {
    const state = play(seen());
    expect(reduce(state, { type: "gone", engine, containerId: "unknown" })).toBe(state);
    expect(reduce(state, { type: "started", engine, containerId: "unknown" })).toBe(state);
  });

  it("forgets what a list does not hold", () => {
    const state = play(seen(), { type: "listed", engine, containers: [] });
    expect(rows(state)).toEqual([]);
  });

  it("turns an awaited login into a running agent, and forgets it at the next start", () => {
    const awaiting = play(seen());
    expect(rows(awaiting)[0]).toMatchObject({ awaitingLogin: true, agent: { state: "running" } });
    const ok = reduce(awaiting, { type: "login", engine, containerId: "c1", login: { kind: "ok" } });
    expect(rows(ok)[0]).toMatchObject({ awaitingLogin: false, agent: { state: "running" } });
    const again = reduce(ok, { type: "started", engine, containerId: "c1" });
    expect(rows(again)[0]).toMatchObject({ awaitingLogin: true });
  });

  it("shows a refused login as unhealthy, with the reason", () => {
    const problem = { code: "SSH_AUTH", message: "The key was refused." } as const;
    const state = play(seen(), {
      type: "login",
      engine,
      containerId: "c1",
      login: { kind: "failed", problem },
    });
    expect(rows(state)[0]?.agent).toMatchObject({ state: "unhealthy", stateReason: "The key was refused." });
  });

  it("tells a stop that was asked for from a death, and both from an end that nobody saw", () => {
    const dead = seen({ status: "exited", exit: { code: 137 } });
    const ending = (how: "stop" | "kill" | "self" | "ours") =>
      ({ type: "ending", engine, containerId: "c1", ending: how }) as const;
    const reason = (...messages: Message[]) => rows(play(seen(), ...messages))[0]?.agent.stateReason;
    expect(reason(ending("self"), dead)).toBe("Killed by KILL (code 137).");
    expect(reason(ending("stop"), ending("kill"), ending("self"), dead)).toBe(
      "Stopped on request (docker stop).",
    );
    expect(reason(ending("kill"), ending("self"), dead)).toBe("Killed on request (docker kill).");
    expect(reason(ending("stop"), ending("ours"), dead)).toBe("Stopped by Agent Containers.");
    const listed = { type: "listed", engine, containers: [dead.container] } as const;
    expect(reason(listed)).toBe("Ended while the engine was away or restarting (code 137).");
    expect(reason(ending("self"), listed)).toBe("Killed by KILL (code 137).");
    const again = [{ type: "started", engine, containerId: "c1" } as const, seen(), ending("self"), dead];
    expect(reason(ending("stop"), dead, ...again)).toBe("Killed by KILL (code 137).");
  });

  it("keeps what only an inspect told over the next list", () => {
    const at = new Date("2026-11-21T10:00:00Z");
    const inspected = seen({ status: "exited", exit: { code: 137, oomKilled: true, at } });
    const listed = facts({ status: "exited", exit: { code: 137 } });
    const state = play(inspected, { type: "listed", engine, containers: [{ facts: listed, hasKey: true }] });
    expect(rows(state)[0]?.agent.exit).toMatchObject({ oomKilled: true, at: at.toISOString() });
  });

  it("lists a create from its first moment, through its container, and after its failure", () => {
    const operation = { agentId, name: "web", engine, verb: "create", stage: "Preparing the image" } as const;
    const begun = play({ type: "operation", agentId, operation });
    expect(rows(begun)).toHaveLength(1);
    expect(rows(begun)[0]?.agent).toMatchObject({
      id: agentId,
      state: "creating",
      stateReason: operation.stage,
    });
    const made = reduce(begun, seen({ status: "created" }));
    expect(rows(made)).toHaveLength(1);
    expect(rows(made)[0]?.agent).toMatchObject({ containerId: "c1", state: "creating" });
    const failure = {
      agentId,
      name: "web",
      engine,
      at: "2026-11-21T00:00:00.000Z",
      error: { code: "START_FAILED", message: "No." },
    } as const;
    const failed = [
      { type: "gone", engine, containerId: "c1" } as const,
      { type: "operation", agentId, operation: undefined } as const,
      { type: "failure", agentId, failure } as const,
    ].reduce(reduce, made);
    expect(rows(failed)).toHaveLength(1);
    expect(rows(failed)[0]).toMatchObject({ agent: { state: "failed", stateReason: "No." }, failure });
    expect(rows(reduce(failed, { type: "failure", agentId, failure: undefined }))).toEqual([]);
  });

  it("shows a container with broken labels as what it is", () => {
    const broken = seen({ labels: { [labelKeys.agentId]: agentId, [labelKeys.tags]: "{" } });
    expect(rows(play(broken))[0]?.agent).toMatchObject({
      state: "invalid",
      name: "web",
      id: agentId,
      ssh: null,
    });
  });

  it("gives no ssh where this machine has no key", () => {
    const state = play({ type: "seen", engine, container: { facts: facts(), hasKey: false } });
    expect(rows(state)[0]).toMatchObject({ awaitingLogin: false, agent: { ssh: null, state: "running" } });
  });
});
