import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { toTarget } from "../../../src/engine/sshTarget.js";
import { expandPath, expandTokens, isPlainWord } from "../../../src/engine/sshTokens.js";

const endpoint = { kind: "ssh", host: "far" } as const;
const env = { SSH_AUTH_SOCK: "/run/agent", OTHER: "/run/other", SHELL: "/bin/zsh" };
const read = (lines: string[], more: { configFile?: string } = {}) =>
  toTarget(endpoint, lines.join("\n"), { env, ...more });

describe("what ssh -G says of a host", () => {
  it("is taken as it is", () => {
    const target = read([
      "user me",
      "hostname 10.0.0.5",
      "port 2200",
      "hostkeyalias pinned",
      "identityfile ~/.ssh/id_%h",
      "identityfile ${OTHER}/key",
      "identitiesonly yes",
      "userknownhostsfile /a /b c",
      "globalknownhostsfile /etc/k",
      "hostkeyalgorithms ssh-ed25519,rsa-sha2-512",
      "addressfamily inet6",
    ]);
    expect(target).toEqual({
      user: "me",
      hostName: "10.0.0.5",
      port: 2200,
      hostKeyAlias: "pinned",
      identityFiles: [`${userInfo().homedir}/.ssh/id_10.0.0.5`, "/run/other/key"],
      identitiesOnly: true,
      agentSocket: "/run/agent",
      knownHostsLines: ["/a /b c", "/etc/k"],
      hostKeyAlgorithms: ["ssh-ed25519", "rsa-sha2-512"],
      family: 6,
      proxy: undefined,
    });
  });

  it("has OpenSSH's defaults in its place where there is no ssh", () => {
    const target = toTarget({ ...endpoint, user: "you", port: 99 }, "", { env: {} });
    const ssh = `${userInfo().homedir}/.ssh`;
    expect(target).toMatchObject({
      hostName: "far",
      user: "you",
      port: 99,
      identitiesOnly: false,
      family: 0,
    });
    expect(target.identityFiles).toContain(`${ssh}/id_ed25519`);
    expect(target.knownHostsLines).toEqual([`${ssh}/known_hosts`, "/etc/ssh/ssh_known_hosts"]);
    expect(target.agentSocket).toBeUndefined();
  });

  it.each([
    ["none", undefined],
    ["SSH_AUTH_SOCK", "/run/agent"],
    ["$OTHER", "/run/other"],
    ["$ABSENT", undefined],
    ["/run/%r.sock", "/run/me.sock"],
  ])("IdentityAgent %s", (setting, socket) => {
    expect(read(["user me", `identityagent ${setting}`]).agentSocket).toBe(socket);
  });

  it("ProxyJump logs in to the last jump by way of those before it, with the same configuration", () => {
    const lines = ["hostname ::1", "port 22", "proxyjump a,b@c:2222"];
    expect(read(lines, { configFile: "/cfg" }).proxy).toEqual({
      file: "ssh",
      args: ["-F", "/cfg", "-o", "BatchMode=yes", "-J", "a", "-W", "[::1]:22", "--", "ssh://b@c:2222"],
    });
    expect(read(["proxyjump none"]).proxy).toBeUndefined();
  });

  it("ProxyCommand goes through the user's shell, and takes no name that the shell would read", () => {
    const lines = ["hostname real", "port 24", "user me", "proxycommand nc -x 100%% %h %p %r %n"];
    expect(read(lines).proxy).toEqual({ file: "/bin/zsh", args: ["-c", "exec nc -x 100% real 24 me far"] });
    expect(() => read(["hostname a;reboot", "proxycommand nc %h"])).toThrowError(/a;reboot/);
    expect(() => read(["proxycommand nc %C"])).toThrowError(/%C/);
  });
});

describe("the words of ssh_config", () => {
  it("tokens are replaced once, and unknown ones refused", () => {
    expect(expandTokens("%h-%%p-%p", { h: "%p", p: "1" })).toBe("%p-%p-1");
    expect(() => expandTokens("x%", {})).toThrowError(expect.objectContaining({ code: "UNSUPPORTED" }));
  });

  it("paths know the home and the environment", () => {
    expect(expandPath('"~/a b"', "/h", {}, {})).toBe("/h/a b");
    expect(expandPath("${X}/~/y", "/h", { X: "/x" }, {})).toBe("/x/~/y");
  });

  it.each(["a", "a.b-c_d", "::1", "1.2.3.4", "user@domain"])("%s is a plain word", (word) => {
    expect(isPlainWord(word)).toBe(true);
  });

  it.each(["", "-oProxyCommand=x", "a b", "a;b", "$(x)", "`x`", "a|b", "a\nb", "a'b", 'a"b', "a\\b"])(
    "%j is not",
    (word) => expect(isPlainWord(word)).toBe(false),
  );
});
