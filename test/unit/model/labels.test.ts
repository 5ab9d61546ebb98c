import { describe, expect, it } from "vitest";
import { labelKeys, parseLabels, renderLabels, type AgentLabels } from "../../../src/model/labels.js";
import { parseSpec } from "../../../src/model/spec.js";

const agent: AgentLabels = {
  agentId: "agent-0123456789abcdef0123456789abcdef",
  name: "web",
  type: "claude",
  tags: { team: "infra", "an odd one": '"quoted"\nline' },
  parentId: null,
  createdAt: "2026-11-21T00:00:00.000Z",
  image: "debian:bookworm-slim",
  projectId: "shop",
  alias: "ac-web",
  sshPort: 20022,
  hostKey: "ssh-ed25519 AAAA web",
  user: "agent",
  workspaceFolder: "/app",
  appPort: 20080,
};

describe("labels", () => {
  it("come back as they were written", () => {
    expect(parseLabels(renderLabels(agent, parseSpec({})))).toEqual({ ok: true, value: agent });
    const child = { ...agent, parentId: "agent-1" };
    expect(parseLabels(renderLabels(child, parseSpec({})))).toEqual({ ok: true, value: child });
  });

  it("hold no environment, whose values may be secret", () => {
    const labels = renderLabels(agent, parseSpec({ env: { TOKEN: "hunter2" } }));
    expect(JSON.stringify(labels)).not.toContain("hunter2");
    expect(JSON.stringify(labels)).not.toContain("TOKEN");
  });

  it("hold the names of secrets, and neither a secret nor where it comes from", () => {
    const spec = parseSpec({
      secrets: { KEY: { value: "hunter2" }, OTHER: { file: "/home/u/hidden" } },
      tailscale: { authKey: "tskey-1", hostname: "web", args: ["--ssh"] },
    });
    const labels = renderLabels({ ...agent, secrets: Object.keys(spec.secrets) }, spec);
    for (const hidden of ["hunter2", "hidden", "tskey-1"])
      expect(JSON.stringify(labels)).not.toContain(hidden);
    expect(JSON.parse(labels[labelKeys.spec] ?? "")).toMatchObject({
      tailscale: { hostname: "web", args: ["--ssh"] },
    });
    const read = parseLabels(labels);
    expect(read.ok && read.value.secrets).toEqual(["KEY", "OTHER"]);
  });

  it.each(["{oops", "[]", "[1]", '"KEY"'])(
    "without names that can be read (%s) are of an agent without secrets",
    (text) => {
      const read = parseLabels({ ...renderLabels(agent, parseSpec({})), [labelKeys.secrets]: text });
      expect(read.ok && read.value.secrets).toBeUndefined();
    },
  );

  it("say which network of ours it joined, and nothing where that is not readable or not ours", () => {
    const network = { name: "agents", subnet: "172.30.0.0/16", gateway: "172.30.0.1" };
    const read = parseLabels(renderLabels({ ...agent, network }, parseSpec({})));
    expect(read.ok && read.value.network).toEqual(network);
    for (const text of ["", "{oops", '"agents"', '{"name":"--net"}', '{"name":"a","subnet":"all"}']) {
      const other = parseLabels({ ...renderLabels(agent, parseSpec({})), [labelKeys.network]: text });
      expect(other.ok && other.value.network).toBeUndefined();
    }
    // An image that was committed from an agent hands its labels on.
    expect(renderLabels(agent, parseSpec({}))).toHaveProperty([labelKeys.network], "");
  });

  it("keep the user's own beside ours", () => {
    expect(renderLabels(agent, parseSpec({ labels: { mine: "1" } }))).toMatchObject({ mine: "1" });
  });

  it.each([
    ["no name", { [labelKeys.agentName]: "" }, labelKeys.agentName],
    ["an empty id", { [labelKeys.agentId]: "" }, labelKeys.agentId],
    ["tags that are no JSON", { [labelKeys.tags]: "{oops" }, labelKeys.tags],
    ["tags that are no object", { [labelKeys.tags]: '["a"]' }, labelKeys.tags],
    ["tags that are null", { [labelKeys.tags]: "null" }, labelKeys.tags],
    ["tags that are no texts", { [labelKeys.tags]: '{"a":"b","c":1}' }, labelKeys.tags],
  ])("with %s give the reason", (_what, broken, named) => {
    const read = parseLabels({ ...renderLabels(agent, parseSpec({})), ...broken });
    expect(read.ok).toBe(false);
    expect(!read.ok && read.reason).toContain(named);
  });

  it.each([
    ["an id that is a path", labelKeys.agentId, "../../x"],
    ["an id with a line break", labelKeys.agentId, "agent-1\nHost *"],
    ["an id that is an option", labelKeys.agentId, "-oProxyCommand=x"],
    ["an endless id", labelKeys.agentId, "a".repeat(10_000)],
    ["a user that is an option", labelKeys.user, "-lroot"],
    ["a folder with a line break", labelKeys.workspaceFolder, "/app\n/etc"],
    ["a folder that is none", labelKeys.workspaceFolder, "$(command:x)"],
  ])("with %s are invalid", (_what, key, value) => {
    const read = parseLabels({ ...renderLabels(agent, parseSpec({})), [key]: value });
    expect(read).toMatchObject({ ok: false, reason: expect.stringContaining(key) as string });
  });

  it.each([
    [labelKeys.alias, "-oProxyCommand=touch /tmp/x"],
    [labelKeys.alias, "ac-web\n  ProxyCommand touch /tmp/x"],
    [labelKeys.alias, "ac web"],
    [labelKeys.hostKey, "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB"],
    [labelKeys.hostKey, "ssh-rsa AAAA"],
  ])("%s is not taken from %j", (key, value) => {
    const read = parseLabels({ ...renderLabels(agent, parseSpec({})), [key]: value });
    expect(read.ok && (key === labelKeys.alias ? read.value.alias : read.value.hostKey)).toBeUndefined();
  });

  it.each(["99999", "65536", "0", "-1", "22.5", "0x16", "", " 22"])("ignore the port %j", (port) => {
    const read = parseLabels({ ...renderLabels(agent, parseSpec({})), [labelKeys.sshPort]: port });
    expect(read).toMatchObject({ ok: true, value: { sshPort: undefined } });
  });
});
