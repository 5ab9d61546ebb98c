import { describe, expect, it } from "vitest";
import type { ContainerBody } from "../../../src/model/containerBody.js";
import { dependencyVolume } from "../../../src/model/dependencyVolume.js";
import { describeRight, hostRights, hostRightsOf, parseRights } from "../../../src/model/hostRights.js";
import { renderLabels } from "../../../src/model/labels.js";
import { renderMount } from "../../../src/model/mountSpec.js";
import { isWithin, normalTarget, targetProblem } from "../../../src/model/mountTargets.js";
import { parseSpec, type AgentSpecInput } from "../../../src/model/spec.js";

const mountsOf = (mounts: AgentSpecInput["mounts"]) => parseSpec({ mounts }).mounts;

describe("mounts of a spec", () => {
  it.each([
    [
      { type: "bind", source: "/a", target: "/b", readOnly: true, propagation: "rslave" } as const,
      { Type: "bind", Source: "/a", Target: "/b", ReadOnly: true, BindOptions: { Propagation: "rslave" } },
    ],
    [{ type: "bind", source: "/a", target: "/b" } as const, { Type: "bind", Source: "/a", Target: "/b" }],
    [
      { type: "volume", source: "data", target: "/b", noCopy: true } as const,
      { Type: "volume", Source: "data", Target: "/b", VolumeOptions: { NoCopy: true } },
    ],
    [{ type: "volume", target: "/b" } as const, { Type: "volume", Target: "/b" }],
    [
      { type: "tmpfs", target: "/b", size: "64m", mode: "1777" } as const,
      { Type: "tmpfs", Target: "/b", TmpfsOptions: { SizeBytes: 64 * 1024 ** 2, Mode: 0o1777 } },
    ],
    [{ type: "tmpfs", target: "/b" } as const, { Type: "tmpfs", Target: "/b" }],
  ])("%j are what the engine takes", (given, expected) => {
    const [mount] = mountsOf([given]);
    if (mount === undefined || typeof mount === "string") throw new Error("it is no object");
    expect(renderMount(mount)).toEqual(expected);
  });

  it("may be texts, which are read later, because their paths may begin here", () => {
    expect(mountsOf(["type=bind,src=./x,dst=/y"])).toEqual(["type=bind,src=./x,dst=/y"]);
  });

  it.each([
    [[{ type: "bind", target: "/b" }], "mounts.0.source"],
    [["type=tmpfs,dst=/a", { type: "tmpfs", target: "/b", readonly: true }], "mounts.1.readonly"],
    [[{ type: "tmpfs", target: "/b", size: "lots" }], "mounts.0.size"],
    [[{ type: "tmpfs", target: "/b", mode: "9" }], "mounts.0.mode"],
    [[{ type: "npipe", target: "/b" }], "mounts.0.type"],
    [[{ type: "volume", source: "../x", target: "/b" }], "mounts.0.source"],
    [[7], "mounts.0"],
    ["type=tmpfs,dst=/a", "mounts"],
  ])("%j are refused, naming the field", (mounts, field) => {
    expect(() => parseSpec({ mounts })).toThrow(expect.objectContaining({ code: "SPEC_INVALID", field }));
  });

  it("go into no label: a volume's driver may take a password", () => {
    const spec = parseSpec({ mounts: ["type=volume,dst=/x,volume-opt=o=password=hunter2"] });
    const agent = { agentId: "a", name: "n", type: "t", tags: {}, parentId: null, createdAt: "" };
    const labels = renderLabels({ ...agent, user: "agent", workspaceFolder: "/app" }, spec);
    expect(JSON.stringify(labels)).not.toContain("hunter2");
  });
});

describe("a workspace that is mounted", () => {
  it("has volumes of its own for dependencies unless something else is said", () => {
    const workspace = { mode: "bind", source: "/x" } as const;
    expect(parseSpec({ workspace }).workspace).toEqual({ ...workspace, dependencies: "own" });
    const odd = { workspace: { ...workspace, dependencies: "mine" } };
    expect(() => parseSpec(odd)).toThrow(expect.objectContaining({ field: "workspace.dependencies" }));
    const copied = { workspace: { mode: "copy", source: "/x", dependencies: "own" } };
    expect(() => parseSpec(copied)).toThrow(expect.objectContaining({ code: "SPEC_INVALID" }));
  });
});

describe("where something may be mounted", () => {
  it.each(["/app", "/app/", "/etc/ssl", "/run", "/usr/share/x", "/mngr2", "/home/agent", "/sys/fs/cgroup"])(
    "%s",
    (target) => expect(targetProblem(target)).toBeUndefined(),
  );
  it.each([
    ...["app", "", "/", "//", "/x/..", "/etc", "/etc/passwd", "/usr", "/usr/local/lib", "/usr/sbin/"],
    ...["/mngr", "/mngr/x", "/mngr-state", "/app/../mngr-state", "/run/sshd", "/var/run/sshd/x"],
  ])("not %j", (target) => expect(targetProblem(target)).toBeTypeOf("string"));

  it("is told by one spelling of a path", () => {
    expect(["/a/", "/a/./", "/b/../a", "/a//"].map(normalTarget)).toEqual(Array(4).fill("/a"));
    expect(isWithin("/a/b", "/a")).toBe(true);
    expect(isWithin("/ab", "/a")).toBe(false);
    expect(isWithin("/a", "/")).toBe(true);
  });
});

describe("what reaches beyond a container", () => {
  const rights = (HostConfig: ContainerBody["HostConfig"], socket?: string) =>
    hostRightsOf({ Image: "x", HostConfig }, socket);
  const bind = (Source: string) => ({ Mounts: [{ Type: "bind" as const, Source, Target: "/x" }] });

  it("is every right that it can have", () => {
    const all = {
      ...bind("/"),
      Privileged: true,
      PidMode: "host",
      IpcMode: "host",
      UsernsMode: "host",
    };
    expect(rights(all)).toEqual(hostRights);
    expect(rights({ IpcMode: "shareable", PidMode: "container:x" })).toEqual([]);
    expect(new Set(hostRights.map(describeRight)).size).toBe(hostRights.length);
    expect(parseRights(hostRights.join(","))).toEqual(hostRights);
    expect(parseRights("")).toEqual([]);
    expect(parseRights("privileged,of-another-version")).toEqual(["privileged"]);
  });

  it.each([
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run",
    "/var/run/",
    "/run/user/1000/docker.sock",
    "/srv/engine/containerd.sock",
    "/own/place",
    "/own/place/engine",
  ])("is the socket in %s", (source) => {
    expect(rights(bind(source), "/own/place/engine")).toEqual(["engine-socket"]);
    expect(rights({ Binds: [`${source}:/x:ro`] }, "/own/place/engine")).toEqual(["engine-socket"]);
  });

  it.each(["/home/u/docker.sock.d", "/running", "/own", "data"])("is not in %s", (source) => {
    expect(rights(bind(source), "/other/engine")).toEqual([]);
    expect(rights({ Mounts: [{ Type: "volume", Source: source, Target: "/x" }] })).toEqual([]);
  });
});

describe("a volume of dependencies", () => {
  const owner = { projectId: "shop", agentId: "agent-1", source: "/home/u/shop", shared: false };

  it("is the agent's, and goes with it", () => {
    const { name, mount } = dependencyVolume(owner, "node_modules");
    expect(name).toBe("agent-containers-deps-shop-agent-1-node_modules");
    expect(mount.VolumeOptions?.Labels).toEqual({
      "agent-containers.role": "dependencies",
      "agent-containers.project-id": "shop",
      "agent-containers.folder": "/home/u/shop/node_modules",
      "com.imbue.mngr.agent-id": "agent-1",
    });
  });

  it("is the folder's where it is shared: not the agent's, not that of another folder of the same name", () => {
    const name = (parts: Partial<typeof owner>, folder = "node_modules") =>
      dependencyVolume({ ...owner, shared: true, ...parts }, folder).name;
    expect(name({ agentId: "agent-2" })).toBe(name({}));
    expect(name({ source: "/srv/shop" })).not.toBe(name({}));
    expect(
      dependencyVolume({ ...owner, shared: true }, "vendor").mount.VolumeOptions?.Labels,
    ).not.toHaveProperty("com.imbue.mngr.agent-id");
    expect(name({}, "a-b/c")).not.toBe(name({}, "a/b-c"));
    expect(name({}, "päckage/node_modules")).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
  });
});
