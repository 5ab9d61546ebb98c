import SSHConfig from "ssh-config";
import { describe, expect, it } from "vitest";
import { folderPaths } from "../../../src/ssh/folderPaths.js";
import { hostBlock, parseBlocks, renderBlocks, renderKnownHosts } from "../../../src/ssh/hostBlocks.js";
import { generateKeyPair } from "../../../src/ssh/keyPair.js";
import { checkedHost, type SshHost } from "../../../src/ssh/sshHost.js";
import { withInclude } from "../../../src/ssh/userInclude.js";
import { hostOf } from "./rig.js";

const paths = folderPaths("/home/some body/.ssh");

describe("host blocks", () => {
  it("come back as they were written, sorted by alias", () => {
    const hosts = [hostOf("c", { port: 65535 }), hostOf("a"), hostOf("b", { hostName: "::1", user: "_x-1" })];
    const text = renderBlocks(hosts.map((host) => hostBlock(host, paths, host.agentId === "agent-b")));
    const parsed = parseBlocks(text);
    expect(parsed.map(({ host }) => host)).toEqual([hosts[1], hosts[2], hosts[0]]);
    expect(parsed.map(({ withoutProxy }) => withoutProxy)).toEqual([false, true, false]);
    expect(renderBlocks(parsed)).toBe(text);
    expect(renderBlocks(parseBlocks(text.replaceAll("\n", "\r\n")))).toBe(text);
  });

  it("read the same in the parser that other extensions use", () => {
    const host = hostOf("a", { port: 40_022 });
    const computed = SSHConfig.parse(renderBlocks([hostBlock(host, paths, false)])).compute(host.alias);
    expect(computed).toMatchObject({
      HostName: "127.0.0.1",
      Port: "40022",
      User: "agent",
      IdentityFile: ["/home/some body/.ssh/agent-containers/keys/agent-a"],
      IdentitiesOnly: "yes",
      HostKeyAlias: "ac-a",
      UserKnownHostsFile: "/home/some body/.ssh/agent-containers/known_hosts",
      StrictHostKeyChecking: "yes",
      ForwardAgent: "no",
    });
    expect(computed).not.toHaveProperty("ProxyCommand");
  });

  it.each(["/home/u/.ssh/agent-containers/config", "/home/some body/.ssh/agent-containers/config"])(
    "and their Include of %s are understood there",
    (path) => {
      const [include] = SSHConfig.parse(withInclude("Host mine\n", path)).filter((line) => "param" in line);
      expect(include).toMatchObject({ param: "Include", value: path });
    },
  );

  it("keep a block that somebody edited beyond recognition, as it stands", () => {
    const good = hostBlock(hostOf("a"), paths, false);
    const odd = "# agent: odd\nHost ???\n  Port many";
    const blocks = parseBlocks(`# header\n\n${odd}\n\n${good.text}\n`);
    expect(blocks.map(({ agentId, host }) => [agentId, host !== undefined])).toEqual([
      ["odd", false],
      ["agent-a", true],
    ]);
    expect(renderBlocks(blocks)).toContain(odd);
    expect(renderKnownHosts(blocks)).toBe(`ac-a ${hostOf("a").hostPublicKey}\n`);
  });
});

describe("checkedHost", () => {
  const bad: Partial<SshHost>[] = [
    { alias: "AC-X" },
    { alias: "a b" },
    { alias: "a\n  ProxyCommand evil" },
    { alias: "*" },
    { alias: "!a" },
    { alias: "" },
    { agentId: "../../id_rsa" },
    { agentId: ".." },
    { agentId: ".hidden" },
    { engine: "unix:///x\nHost *" },
    { hostName: "-oProxyCommand=x" },
    { hostName: "a b" },
    { hostName: "a\r" },
    { user: "Root" },
    { user: "a b" },
    { user: "-l" },
    { port: 0 },
    { port: 65_536 },
    { port: 22.5 },
    { port: Number.NaN },
    { hostPublicKey: "ssh-rsa AAAA" },
    { hostPublicKey: "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB" },
    { hostPublicKey: "" },
  ];
  it.each(bad)("refuses %j", (change) => {
    expect(() => checkedHost(hostOf("a", change))).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", field: Object.keys(change)[0] }) as Error,
    );
  });

  it("drops the comment of a host key", () => {
    const { publicKey } = generateKeyPair("root@box");
    const checked = checkedHost(hostOf("a", { hostPublicKey: publicKey }));
    expect(checked.hostPublicKey).toBe(publicKey.replace(" root@box", ""));
  });
});

describe("folderPaths", () => {
  it.each(['/home/a"b/.ssh', "/home/100%/.ssh", "/home/${X}/.ssh", "/home/a\nb/.ssh"])(
    "refuses %j",
    (sshDir) => {
      expect(() => folderPaths(sshDir)).toThrow(
        expect.objectContaining({ code: "SSH_CONFIG_UNWRITABLE" }) as Error,
      );
    },
  );
});
