import { describe, expect, it } from "vitest";
import { explainExit } from "../../../src/model/exit.js";
import { replacedName, replacesLabel, restoringName } from "../../../src/model/currentAgents.js";
import { labelKeys, renderLabels } from "../../../src/model/labels.js";
import { parseSpec } from "../../../src/model/spec.js";
import type { ContainerFacts } from "../../../src/ports/engine.js";
import { describeAgent } from "../../../src/store/describe.js";
import { reduce, type Message } from "../../../src/store/reduce.js";
import { createAgentRows } from "../../../src/store/rows.js";
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
const rows = (state: State) => createAgentRows(describeEntry)(state);

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

  it("does not take our stop of what had ended for the reason of its end", () => {
    const dead = seen({ status: "exited", exit: { code: 3 } });
    const ending = (how: "self" | "ours") =>
      ({ type: "ending", engine, containerId: "c1", ending: how }) as const;
    const agentAfter = (...messages: Message[]) => rows(play(seen(), ...messages))[0]?.agent;
    expect(agentAfter(ending("self"), dead, ending("ours"))).toMatchObject({ state: "exited" });
    expect(agentAfter(ending("ours"), ending("self"), dead)).toMatchObject({ state: "stopped" });
  });

  it("tells an engine that takes its containers down as it ends from a stop that was asked for", () => {
    const other = facts({ id: "c2" });
    const stop = { type: "ending", engine, containerId: "c1", ending: "stop" } as const;
    const dead = seen({ status: "exited", exit: { code: 143 } });
    const lost = (...stopped: string[]) => ({ type: "lost", engine, stopped }) as const;
    const reason = (...messages: Message[]) =>
      play(seen(), ...messages)
        .engines.get(engine)
        ?.entries.get("c1")?.ending;
    expect(reason(stop, dead, lost("c1"))).toBe("away");
    // Lost before it could be looked at.
    expect(reason(stop, lost("c1"))).toBe("away");
    expect(reason(stop, dead, lost())).toBe("stop");
    const beside = { type: "seen", engine, container: { facts: other, hasKey: true } } as const;
    expect(reason(beside, stop, dead, lost("c1"))).toBe("stop");
    // It came back with the engine, by its restart policy: the next end is another one.
    const listed = { type: "listed", engine, containers: [seen().container] } as const;
    expect(reason(stop, dead, lost("c1"), listed)).toBe("unknown");
    expect(reason(stop, lost("c1"), listed)).toBe("unknown");
    expect(reason(stop, listed)).toBe("stop");
  });

  it("takes memory for the reason of an end only where it was", () => {
    const reason = (ending: "self" | "stop" | "unknown", code: number) =>
      explainExit({ code, oomKilled: true }, ending).exit.reason;
    expect(reason("self", 137)).toBe("Out of memory (code 137).");
    expect(reason("unknown", 137)).toBe("Out of memory (code 137).");
    expect(reason("stop", 0)).toBe("Stopped on request (docker stop).");
    expect(reason("self", 0)).toBe("Ended itself (code 0).");
  });

  it("takes a dead container for one that has ended", () => {
    const dead = seen({ status: "dead", exit: { code: 3 } });
    expect(rows(play(dead))[0]?.agent).toMatchObject({ state: "exited", exit: { code: 3 } });
    const asked = { type: "ending", engine, containerId: "c1", ending: "stop" } as const;
    expect(rows(play(seen(), asked, dead))[0]?.agent.state).toBe("stopped");
  });

  it("has no endpoints for other containers on Docker's own bridge", () => {
    const ports = [{ containerPort: 80, protocol: "tcp", hostIp: "127.0.0.1", hostPort: 8080 }] as const;
    const types = (network: string) =>
      rows(play(seen({ ports, networks: { [network]: "172.17.0.2" } })))[0]?.agent.endpoints.map(
        ({ type }) => type,
      );
    expect(types("bridge")).toEqual(["tcp"]);
    expect(types("agents")).toEqual(["tcp", "docker-internal"]);
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
    // What it had made could not be removed, or is not seen to be gone: still one row of its id.
    const left = reduce(failed, seen({ status: "created" }));
    expect(rows(left)).toHaveLength(1);
    expect(rows(left)[0]).toMatchObject({ agent: { containerId: "c1", stateReason: "No." }, failure });
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

  it("shows what Docker is about to start again as not reachable, with the reason", () => {
    const exit = { code: 3, oomKilled: false, at: new Date(0) };
    const [row] = rows(play(seen({ status: "restarting", exit })));
    expect(row?.agent).toMatchObject({
      state: "unhealthy",
      stateReason: "Docker starts it again. Ended unexpectedly with code 3.",
      exit: { code: 3 },
    });
    expect(row?.endedUnexpectedly).toBeUndefined();
  });

  it("tells an end that nobody asked for from one that somebody did", () => {
    const ended = (ending: "stop" | "kill" | "self" | "ours", code: number) => {
      const exited = seen({ status: "exited", exit: { code } });
      return rows(play(seen(), { type: "ending", engine, containerId: "c1", ending }, exited))[0]
        ?.endedUnexpectedly;
    };
    expect([ended("self", 3), ended("kill", 137)]).toEqual([true, true]);
    expect([ended("self", 0), ended("stop", 137), ended("ours", 137)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("keeps the rows of two containers with one id as they are while nothing changes, and takes two doors for one", () => {
    const twin: Message = { type: "seen", engine, container: { facts: facts({ id: "c2" }), hasKey: true } };
    const list = createAgentRows(describeEntry);
    const twins = play(seen(), twin);
    const before = list(twins);
    expect(before.map(({ duplicate }) => duplicate)).toEqual([true, true]);
    expect(new Set(before.map(({ key }) => key)).size).toBe(2);
    const idle = reduce(twins, { type: "link", engine, link: { kind: "connecting" } });
    expect(list(idle).every((row, index) => row === before[index])).toBe(true);
    const doors = list(play(seen(), { ...seen(), engine: "ssh://other-door" }));
    expect(doors.map(({ duplicate }) => duplicate)).toEqual([undefined, undefined]);
  });

  it("shows an agent that another client restores as one, under its name, until the restored one has started", () => {
    const labels = { ...facts().labels };
    const old = (change: Partial<ContainerFacts> = {}) => seen({ id: "old", labels, ...change });
    const made = { ...labels, [replacesLabel]: "old" };
    const restored = (change: Partial<ContainerFacts> = {}) => seen({ id: "new", labels: made, ...change });
    const name = facts().name;
    const waiting = restoringName(labels[labelKeys.agentId] ?? "");
    const before = replacedName(name, "0123abcd");
    const steps = [
      old(),
      restored({ name: waiting, status: "created" }),
      old({ name: before }),
      restored({ status: "created" }),
      old({ name: before, status: "exited", exit: { code: 0 } }),
      restored(),
      { type: "gone", engine, containerId: "old" } as const,
    ];
    const shown = steps.map((_, index) =>
      rows(play(...steps.slice(0, index + 1))).map(({ agent }) => [agent.name, agent.containerId]),
    );
    const olds = Array.from({ length: 5 }, () => [[name, "old"]]);
    expect(shown).toEqual([...olds, [[name, "new"]], [[name, "new"]]]);
    // Of a restore that was cut off, with its other half removed by hand.
    for (const alone of [restored({ name: waiting, status: "created" }), old({ name: before })])
      expect(rows(play(alone))).toMatchObject([{ agent: { name } }]);
  });

  it("takes what another client wrote down of an end that nobody here saw, and of no other", () => {
    const exited = seen({ status: "exited", exit: { code: 0 } });
    const recorded: Message = { type: "recorded", engine, containerId: "c1", ending: "ours" };
    const reason = (...messages: Message[]) => rows(play(...messages))[0]?.agent.stateReason;
    expect(reason(exited, recorded)).toBe("Stopped by Agent Containers.");
    const killed: Message = { type: "ending", engine, containerId: "c1", ending: "kill" };
    expect(reason(seen(), killed, exited, recorded)).toBe(reason(seen(), killed, exited));
    expect(reason(seen(), recorded, exited)).toBe(reason(seen(), exited));
  });
});
