import { describe, expect, it } from "vitest";
import { ownVolumes } from "../../../src/agents/snapshot/forkBody.js";
import { parseSnapshotRecord, recipeOf } from "../../../src/model/snapshot.js";

const record = (parts: object) =>
  parseSnapshotRecord(
    JSON.stringify({
      schema: 1,
      id: "01234567",
      agentId: "agent-1",
      agentName: "x",
      name: "x",
      createdAt: "",
      volume: null,
      ...parts,
    }),
  );

describe("what a snapshot records of a container", () => {
  it("is what was set, off and zero among it where unset means something else", () => {
    const { config, hostConfig } = recipeOf({
      Image: "x",
      Domainname: "example.org",
      StopTimeout: 0,
      HostConfig: { Init: false, MemorySwappiness: 0, CpuShares: 0, Privileged: false, Memory: 7 },
    });
    expect(config).toEqual({ Domainname: "example.org", StopTimeout: 0 });
    expect(hostConfig).toEqual({ Init: false, MemorySwappiness: 0, Memory: 7 });
    expect(recipeOf({ Image: "x", HostConfig: { MemorySwappiness: -1 } }).hostConfig).toEqual({});
  });

  it("is no option of a log driver that may be a token", () => {
    const Config = { "max-size": "1m", "splunk-token": "hush", "gelf-address": "udp://user:hush@host" };
    const { hostConfig } = recipeOf({ Image: "x", HostConfig: { LogConfig: { Type: "splunk", Config } } });
    expect(hostConfig).toEqual({ LogConfig: { Type: "splunk", Config: { "max-size": "1m" } } });
  });

  it("can be read where an earlier version wrote it", () => {
    expect(record({ hostConfig: {} })).toMatchObject({ config: {}, endpoints: {}, excluded: [] });
  });
});

it("volumes with the source's id in their names are made anew for a fork, and the user's", () => {
  const volume = (Source: string, Target: string) => ({ Type: "volume", Source, Target });
  const found = record({
    hostConfig: {
      Mounts: [
        volume("agent-containers-agent-1", "/mngr-state"),
        volume("agent-containers-deps-p-agent-1-vendor", "/app/vendor"),
        volume("agent-containers-deps-p-0123456789-lib", "/app/lib"),
        { Type: "bind", Source: "/home/agent-1", Target: "/home" },
      ],
    },
  });
  if (!found) throw new Error("not read");
  expect(ownVolumes(found, "agent-2")).toEqual({
    targets: ["/app/vendor"],
    newVolumes: ["agent-containers-deps-p-agent-2-vendor"],
  });
});
