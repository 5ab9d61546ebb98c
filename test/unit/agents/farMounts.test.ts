import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { join } from "node:path";
import { checkRequest } from "../../../src/agents/checkRequest.js";
import { mountProblem } from "../../../src/agents/mountProblem.js";
import { AgentError } from "../../../src/model/errors.js";
import { parseEndpoint } from "../../../src/model/endpoint.js";
import { parseSpec, type AgentSpecInput } from "../../../src/model/spec.js";
import { createFakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";
import { rejection } from "../../support/collect.js";

describe("mounts on an engine of another machine", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "agent-containers-far-"));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const check = (input: AgentSpecInput, endpoint: string) => {
    const context = agentContext(createFakeEngine(), home, { endpoint: parseEndpoint(endpoint) });
    return checkRequest(context, parseSpec(input), "web");
  };

  it.each(["ssh://user@host", "tcp://10.0.0.2:2376"])(
    "are of paths of that machine: %s",
    async (endpoint) => {
      const mounts = [
        { type: "bind", source: "/only/there", target: "/x" } as const,
        "type=bind,src=~/y,dst=/y",
      ];
      expect((await check({ mounts }, endpoint)).mounts).toEqual([
        { Type: "bind", Source: "/only/there", Target: "/x" },
        { Type: "bind", Source: "~/y", Target: "/y" },
      ]);
      const error = await rejection(check({ mounts }, "unix:///var/run/docker.sock"));
      expect(error).toMatchObject({ code: "MOUNT_INVALID", field: "mounts.0.source" });
    },
  );

  it("cannot be of a folder of this one, and the remedy is a copy", async () => {
    const workspace = { mode: "bind", source: home } as const;
    const error = await rejection(check({ workspace }, "ssh://user@host"));
    expect(error).toMatchObject({ code: "WORKSPACE_INVALID", field: "workspace.mode" });
    expect(error).toHaveProperty("remedy", expect.stringContaining('"copy"'));
    expect((await check({ workspace }, "unix:///x")).bound).toMatchObject({ source: home, folders: [] });
  });
});

describe("an engine's refusal of a mount", () => {
  const refused = (message: string) => new AgentError("MOUNT_INVALID", message, { remedy: "Check." });
  const draft = {
    mounts: [
      { Type: "tmpfs" as const, Target: "/a" },
      { Type: "bind" as const, Source: "/far/data", Target: "/b" },
    ],
    bound: { source: "/home/u/shop", folders: [], existing: new Set<string>() },
  };

  it("names the mount, or the workspace, as far as its words tell", () => {
    const said = (words: string) => mountProblem(refused(words), draft);
    expect(said("bind source path does not exist: /far/data")).toMatchObject({
      code: "MOUNT_INVALID",
      field: "mounts.1",
    });
    expect(said("bind source path does not exist: /home/u/shop")).toMatchObject({
      code: "WORKSPACE_INVALID",
      field: "workspace.source",
    });
    expect(said("something else").field).toBeUndefined();
  });
});
