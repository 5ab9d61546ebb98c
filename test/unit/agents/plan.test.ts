import { describe, expect, it } from "vitest";
import { renderContainer, type AgentPlan } from "../../../src/agents/plan.js";
import { parseSpec, type AgentSpecInput } from "../../../src/model/spec.js";

const planOf = (spec: AgentSpecInput): AgentPlan => ({
  spec: parseSpec(spec),
  image: "agent-containers-prepared:x",
  cpus: 1.5,
  memoryBytes: 512 * 1024 ** 2,
  network: "debug-host-network",
  mounts: [],
  labels: {
    agentId: "agent-1",
    name: "web",
    type: "command",
    tags: { team: "infra" },
    parentId: null,
    createdAt: "2026-11-21T00:00:00.000Z",
    projectId: "shop",
    alias: "ac-web",
    sshPort: 20022,
    appPort: 20080,
    user: "agent",
    workspaceFolder: "/app",
  },
});
const render = (spec: AgentSpecInput = {}) => renderContainer(planOf(spec));

describe("the container of an agent", () => {
  it("has its limits, name, ports and volume", () => {
    expect(render()).toMatchObject({
      Image: "agent-containers-prepared:x",
      Hostname: "web",
      WorkingDir: "/app",
      StopSignal: "SIGTERM",
      Env: ["PORT=20080", "PROJECT_ID=shop", "DEBUG_HOST=true"],
      ExposedPorts: { "22/tcp": {}, "20080/tcp": {} },
      HostConfig: {
        NanoCpus: 1.5e9,
        Memory: 512 * 1024 ** 2,
        NetworkMode: "debug-host-network",
        PortBindings: {
          "22/tcp": [{ HostIp: "127.0.0.1", HostPort: "20022" }],
          "20080/tcp": [{ HostIp: "127.0.0.1", HostPort: "20080" }],
        },
        RestartPolicy: { Name: "no" },
        Mounts: [{ Type: "volume", Source: "agent-containers-agent-1", Target: "/mngr-state" }],
      },
    });
    expect(render()).not.toHaveProperty("Cmd");
  });

  it("takes the user's variables over ours, and the command as it is", () => {
    const { Env, Cmd } = render({ env: { PORT: "80", A: "b c" }, command: ["sh", "-c", "exit 3"] });
    expect(Env).toEqual(["PORT=80", "PROJECT_ID=shop", "DEBUG_HOST=true", "A=b c"]);
    expect(Cmd).toEqual(["sh", "-c", "exit 3"]);
  });

  it("publishes ports where they are asked for, on loopback unless told otherwise", () => {
    const ports = [{ port: 3000 }, { port: 53, protocol: "udp" as const, hostPort: 5353, hostIp: "0.0.0.0" }];
    expect(render({ ports }).HostConfig?.PortBindings).toMatchObject({
      "3000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }],
      "53/udp": [{ HostIp: "0.0.0.0", HostPort: "5353" }],
    });
  });

  it.each([
    [true, { Driver: "nvidia", Count: -1, Capabilities: [["gpu"]] }],
    [{ count: 2 }, { Driver: "nvidia", Count: 2, Capabilities: [["gpu"]] }],
    [{ deviceIds: ["0", "GPU-1"] }, { Driver: "nvidia", DeviceIDs: ["0", "GPU-1"], Capabilities: [["gpu"]] }],
  ] as const)("asks for GPUs: %j", (gpu, request) => {
    const wanted = typeof gpu === "object" && "deviceIds" in gpu ? { deviceIds: [...gpu.deviceIds] } : gpu;
    expect(render({ gpu: wanted }).HostConfig?.DeviceRequests).toEqual([request]);
  });

  it("is never privileged, and has no namespace of the host", () => {
    const text = JSON.stringify(render({ gpu: true }));
    expect(text).not.toMatch(/Privileged|PidMode|IpcMode|docker\.sock/);
  });
});
