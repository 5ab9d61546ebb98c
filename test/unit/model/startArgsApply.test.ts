import { describe, expect, it } from "vitest";
import type { ContainerBody } from "../../../src/model/containerBody.js";
import { applyStartArgs } from "../../../src/model/startArgs/applyStartArgs.js";
import { parseStartArgs } from "../../../src/model/startArgs/parseStartArgs.js";

/** What an agent's container is like before its start arguments. */
const base: ContainerBody = {
  Image: "prepared",
  Hostname: "coder",
  WorkingDir: "/workspace",
  Cmd: ["serve"],
  Env: ["PORT=8080", "PROJECT_ID=p", "DEBUG_HOST=true"],
  Labels: { "com.imbue.mngr.host-id": "host-1", team: "a" },
  ExposedPorts: { "22/tcp": {}, "8080/tcp": {} },
  HostConfig: {
    NanoCpus: 1e9,
    Memory: 2 ** 30,
    NetworkMode: "debug-host-network",
    CapAdd: ["NET_ADMIN"],
    PortBindings: {
      "22/tcp": [{ HostIp: "127.0.0.1", HostPort: "2222" }],
      "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }],
    },
    RestartPolicy: { Name: "no" },
    Mounts: [{ Type: "volume", Source: "state", Target: "/mngr-state" }],
  },
};

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
deepFreeze(base);

function apply(args: string[], body: ContainerBody = base): ContainerBody {
  const context = {
    cwd: "/work",
    env: {},
    readFile: () => Buffer.from("DEBUG_HOST=false\n"),
    platform: "linux",
    arch: "x64",
  } as const;
  return applyStartArgs(body, parseStartArgs(args, context));
}

describe("start arguments on top of an agent's container", () => {
  it("without any, the container stays as it is", () => {
    expect(apply([])).toEqual(base);
  });

  it("scalars replace", () => {
    const body = apply(["--cpus", "2", "-m", "0", "-h", "box", "-w", "/", "--restart", "always"]);
    expect(body).toEqual({
      ...base,
      Hostname: "box",
      WorkingDir: "/",
      HostConfig: {
        ...base.HostConfig,
        NanoCpus: 2e9,
        Memory: 0,
        RestartPolicy: { Name: "always", MaximumRetryCount: 0 },
      },
    });
  });

  it("lists grow, and what is there already is not doubled", () => {
    const body = apply([
      ...["-p", "127.0.0.1:8080:8080", "-p", "9090:9090", "-p", "8081:8080", "--expose", "53/udp"],
      ...["-v", "/a:/b", "--mount", "dst=/c", "--cap-add", "sys_time", "--cap-add", "net_admin"],
    ]);
    expect(Object.keys(body.ExposedPorts ?? {})).toEqual(["22/tcp", "8080/tcp", "9090/tcp", "53/udp"]);
    expect(body.HostConfig).toMatchObject({
      PortBindings: {
        "22/tcp": [{ HostIp: "127.0.0.1", HostPort: "2222" }],
        "8080/tcp": [
          { HostIp: "127.0.0.1", HostPort: "8080" },
          { HostIp: "", HostPort: "8081" },
        ],
        "9090/tcp": [{ HostIp: "", HostPort: "9090" }],
      },
      Binds: ["/a:/b"],
      Mounts: [
        { Source: "state", Target: "/mngr-state" },
        { Type: "volume", Target: "/c" },
      ],
      CapAdd: ["CAP_NET_ADMIN", "CAP_SYS_TIME"],
    });
  });

  it("variables and labels go by name; a variable without a value is taken away", () => {
    const body = apply(["-e", "PORT=1", "--env-file", "any", "-e", "PROJECT_ID", "-l", "team=b", "-l", "x"]);
    expect(body.Env).toEqual(["DEBUG_HOST=false", "PORT=1", "PROJECT_ID"]);
    expect(body.Labels).toEqual({ "com.imbue.mngr.host-id": "host-1", team: "b", x: "" });
  });

  it("another way to limit the CPU takes the place of the default", () => {
    expect(apply(["--cpu-quota", "50000"]).HostConfig).not.toHaveProperty("NanoCpus");
    expect(apply(["--cpu-quota", "50000", "--cpus", "1"]).HostConfig).toMatchObject({
      NanoCpus: 1e9,
      CpuQuota: 50000,
    });
  });

  it("the host's UTS namespace takes the place of the hostname", () => {
    expect(apply(["--uts", "host"])).not.toHaveProperty("Hostname");
    expect(apply(["--uts", "host", "-h", "x"]).Hostname).toBe("x");
  });

  it("limits go by name, in order", () => {
    const body = { ...base, HostConfig: { Ulimits: [{ Name: "nproc", Soft: 1, Hard: 1 }] } };
    expect(apply(["--ulimit", "nproc=5:6", "--ulimit", "core=0"], body).HostConfig?.Ulimits).toEqual([
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "nproc", Soft: 5, Hard: 6 },
    ]);
  });

  it("options of logging belong to their driver", () => {
    const body = { ...base, HostConfig: { LogConfig: { Type: "local", Config: { "max-size": "1m" } } } };
    expect(apply(["--log-opt", "max-file=2"], body).HostConfig?.LogConfig).toEqual({
      Type: "local",
      Config: { "max-size": "1m", "max-file": "2" },
    });
    expect(apply(["--log-driver", "none"], body).HostConfig?.LogConfig).toEqual({ Type: "none", Config: {} });
  });

  it("parts of a health check add up, and NONE ends it", () => {
    const body: ContainerBody = { ...base, Healthcheck: { Test: ["CMD", "x"], Retries: 2 } };
    expect(apply(["--health-interval", "5s"], body).Healthcheck).toEqual({
      Test: ["CMD", "x"],
      Retries: 2,
      Interval: 5e9,
    });
    expect(apply(["--no-healthcheck"], body).Healthcheck).toEqual({ Test: ["NONE"] });
    const none: ContainerBody = { ...base, Healthcheck: { Test: ["NONE"] } };
    expect(apply(["--health-cmd", "y"], none).Healthcheck).toEqual({ Test: ["CMD-SHELL", "y"] });
    expect(() => apply(["--no-healthcheck", "--health-retries", "1"])).toThrow("contradict");
  });

  it("unconfined system paths are empty lists", () => {
    expect(apply(["--security-opt", "systempaths=unconfined"]).HostConfig).toMatchObject({
      MaskedPaths: [],
      ReadonlyPaths: [],
    });
  });
});

describe("networks on top of an agent's own", () => {
  it("an alias and an address are of the agent's own network", () => {
    const body = apply(["--network-alias", "db", "--ip", "172.28.0.9"]);
    expect(body.HostConfig?.NetworkMode).toBe("debug-host-network");
    expect(body.NetworkingConfig).toEqual({
      EndpointsConfig: {
        "debug-host-network": { Aliases: ["db"], IPAMConfig: { IPv4Address: "172.28.0.9" } },
      },
    });
  });

  it("another network takes the place of the agent's own, with what was said of it", () => {
    const body = {
      ...base,
      NetworkingConfig: { EndpointsConfig: { "debug-host-network": { Aliases: ["a"] } } },
    };
    expect(apply(["--network-alias", "b"], body).NetworkingConfig).toEqual({
      EndpointsConfig: { "debug-host-network": { Aliases: ["a", "b"] } },
    });
    const moved = apply(["--network", "other"], body);
    expect(moved.HostConfig?.NetworkMode).toBe("other");
    expect(moved.NetworkingConfig).toEqual({ EndpointsConfig: {} });
  });

  it("several networks are all named, and flags are of the first", () => {
    const body = apply(["--network", "one", "--network", "name=two,alias=t", "--ip6", "fd00::5"]);
    expect(body.HostConfig?.NetworkMode).toBe("one");
    expect(body.NetworkingConfig).toEqual({
      EndpointsConfig: { one: { IPAMConfig: { IPv6Address: "fd00::5" } }, two: { Aliases: ["t"] } },
    });
  });

  it("a link on the engine's bridge is the container's alone", () => {
    expect(apply(["--link", "db:d"]).NetworkingConfig?.EndpointsConfig["debug-host-network"]).toEqual({
      Links: ["db:d"],
    });
    const bridge = apply(["--link", "db:d", "--network", "bridge"]);
    expect(bridge.HostConfig?.Links).toEqual(["db:d"]);
    expect(bridge.NetworkingConfig).toEqual({ EndpointsConfig: {} });
  });

  it.each([
    [["--network", "bridge", "--network-alias", "x"], "not possible on the network bridge"],
    [["--network", "a", "--network", "a"], "twice"],
    [["--network", "a", "--network", "bridge"], "together"],
    [["--network", "name=a,ip=10.0.0.1", "--ip", "10.0.0.2"], "--ip and the same field"],
    [["--network", "name=a,alias=x", "--network-alias", "y"], "--network-alias and the same field"],
  ])("%j is refused", (args, message) => {
    expect(() => apply(args)).toThrow(message);
  });
});
