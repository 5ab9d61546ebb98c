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

  it("keep the user's own beside ours", () => {
    expect(renderLabels(agent, parseSpec({ labels: { mine: "1" } }))).toMatchObject({ mine: "1" });
  });

  it.each([
    ["no name", { [labelKeys.agentName]: "" }, labelKeys.agentName],
    ["an empty id", { [labelKeys.agentId]: "" }, labelKeys.agentId],
    ["tags that are no JSON", { [labelKeys.tags]: "{oops" }, labelKeys.tags],
    ["tags that are no object", { [labelKeys.tags]: '["a"]' }, labelKeys.tags],
  ])("with %s give the reason", (_what, broken, named) => {
    const read = parseLabels({ ...renderLabels(agent, parseSpec({})), ...broken });
    expect(read.ok).toBe(false);
    expect(!read.ok && read.reason).toContain(named);
  });

  it("ignore a port that is none", () => {
    const read = parseLabels({ ...renderLabels(agent, parseSpec({})), [labelKeys.sshPort]: "99999" });
    expect(read.ok && read.value.sshPort).toBeUndefined();
  });
});
