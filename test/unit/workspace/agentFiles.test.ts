import { describe, expect, it } from "vitest";
import { renderAgentFiles } from "../../../src/workspace/agentFiles.js";
import type { TarEntry } from "../../../src/workspace/packTar.js";

const request = {
  agentId: "0190-abc",
  hostKey: { privateKey: "PRIVATE\nKEY", publicKey: "ssh-ed25519 AAAA host\n" },
  authorizedKeys: ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two\n"],
  sshdEnvironment: "",
  uid: 1000,
  gid: 1001,
};

const textOf = (entries: TarEntry[], path: string) => {
  const entry = entries.find((one) => one.path === path);
  return entry?.type === "file" && "content" in entry ? entry.content.toString() : undefined;
};

describe("the agent's files", () => {
  it("give sshd its keys, and keep the private one for root", () => {
    const entries = renderAgentFiles(request);
    expect(textOf(entries, "mngr-state/ssh/ssh_host_ed25519_key")).toBe("PRIVATE\nKEY\n");
    expect(textOf(entries, "mngr-state/ssh/authorized_keys")).toBe(
      "ssh-ed25519 AAAA one\nssh-ed25519 BBBB two\n",
    );
    expect(entries.find(({ path }) => path.endsWith("ed25519_key"))).toMatchObject({
      mode: 0o600,
      uid: 0,
      gid: 0,
    });
    expect(entries.find(({ path }) => path.endsWith(".conf"))).toMatchObject({ mode: 0o600, uid: 0 });
  });

  it("give the user the agent's own folder and nothing else", () => {
    const theirs = renderAgentFiles(request).filter(({ uid }) => uid !== 0);
    expect(theirs).toMatchObject([
      { type: "directory", path: "mngr-state/volumes/0190-abc", uid: 1000, gid: 1001 },
    ]);
  });

  it("give sshd its environment as it is rendered", () => {
    const path = "mngr-state/ssh/environment.conf";
    expect(textOf(renderAgentFiles(request), path)).toBe("");
    const sshdEnvironment = 'SetEnv "A=b"';
    expect(textOf(renderAgentFiles({ ...request, sshdEnvironment }), path)).toBe('SetEnv "A=b"\n');
  });

  it("name the secrets that init waits for, and what tailscale is told, where there are any", () => {
    const paths = (entries: TarEntry[]) =>
      entries.map(({ path }) => path).filter((path) => /secrets|tailscale/.test(path));
    expect(paths(renderAgentFiles(request))).toEqual([]);
    const entries = renderAgentFiles({ ...request, secretNames: ["A", "B"], tailscaleArguments: ["--ssh"] });
    expect(paths(entries)).toEqual([
      "mngr-state/secrets",
      "mngr-state/tailscale",
      "mngr-state/tailscale/arguments",
    ]);
    expect(textOf(entries, "mngr-state/secrets")).toBe("A\nB\n");
    expect(textOf(entries, "mngr-state/tailscale/arguments")).toBe("--ssh\n");
  });

  it.each(["", "../x", "a/b", ".", "..", "a b"])("refuse the id %j", (agentId) => {
    expect(() => renderAgentFiles({ ...request, agentId })).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID" }),
    );
  });
});
