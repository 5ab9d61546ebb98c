import { chmod, chown, lstat, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateKeyPair } from "../../../src/ssh/keyPair.js";
import { runSsh, type RunSsh } from "../../../src/ssh/runSsh.js";
import { createSshFolder, type SshFolderOptions } from "../../../src/ssh/sshFolder.js";
import { nullLogger } from "../../../src/util/log.js";
import { hostOf, pictureOf, temporaryHome } from "./rig.js";

const key = generateKeyPair("test");

async function rig(options: Partial<SshFolderOptions> = {}) {
  const home = await temporaryHome();
  const sshDir = join(home, ".ssh");
  const folder = createSshFolder({ sshDir, log: nullLogger, ...options });
  const userConfig = join(sshDir, "config");
  const ssh = async (alias: string, file = userConfig) => {
    const outcome = await runSsh(["-G", "-F", file, alias]);
    return outcome?.stdout ?? "";
  };
  return { home, sshDir, folder, userConfig, ours: join(sshDir, "agent-containers"), ssh };
}

const writeConfig = async (path: string, text: string | Buffer, mode = 0o600) => {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode });
  await chmod(path, mode);
};

const hostile = `Host *
  User somebody
  Port 1
  ControlMaster auto
  ControlPath /no/such/folder/%C
  ForwardAgent yes
  RemoteCommand echo hello
  RequestTTY force
  IdentityFile ~/.ssh/id_other
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  HostKeyAlias other
  AddressFamily inet6
  PubkeyAuthentication no
  PreferredAuthentications password
`;

describe("adding and removing", () => {
  it("leaves a home without ~/.ssh as it was", async () => {
    const { home, folder, ours, sshDir, userConfig, ssh } = await rig();
    const identity = await folder.writeKey("agent-a", key);
    expect(identity).toBe(join(ours, "keys", "agent-a"));
    const target = await folder.add(hostOf("a"));
    expect(target).toEqual({
      alias: "ac-a",
      hostName: "127.0.0.1",
      port: 40_022,
      user: "agent",
      identityFile: identity,
      knownHostsFile: join(ours, "known_hosts"),
      configFile: join(ours, "config"),
    });
    expect(await folder.target("agent-a")).toEqual(target);
    expect(await folder.list()).toEqual([hostOf("a")]);
    for (const [path, mode] of [
      [sshDir, 0o700],
      [ours, 0o700],
      [join(ours, "keys"), 0o700],
      [identity, 0o600],
      [target.configFile, 0o600],
      [target.knownHostsFile, 0o600],
      [userConfig, 0o600],
    ] as const) {
      expect((await stat(path)).mode & 0o777, path).toBe(mode);
    }
    expect(await ssh("ac-a")).toMatch(/^hostkeyalias ac-a$/m);
    expect(await ssh("ac-a", target.configFile)).toMatch(/^port 40022$/m);
    expect(await readFile(target.knownHostsFile, "utf8")).toBe(`ac-a ${hostOf("a").hostPublicKey}\n`);
    await folder.remove("agent-a");
    expect(await pictureOf(home)).toEqual({});
  });

  it.each<[string, string | Buffer, number]>([
    ["plain", "Host x\n  Port 2\n", 0o600],
    ["of another mode", "Host x\n  Port 2\n", 0o644],
    ["hostile", hostile, 0o600],
    ["with CRLF", hostile.replaceAll("\n", "\r\n"), 0o600],
    ["without a final newline", "Host x\n  Port 2", 0o600],
    ["empty", "", 0o640],
    ["with bytes of an old encoding", Buffer.from("# gr\xfcn\nHost x\n", "latin1"), 0o600],
    ["with an Include of another tool", "Include other.d/*\nHost x\n", 0o600],
  ])("a user's file %s gets one line, wins, and comes back byte for byte", async (_name, text, mode) => {
    const { home, folder, userConfig, ssh } = await rig();
    await writeConfig(userConfig, text, mode);
    await writeConfig(join(userConfig, "..", "id_other"), "secret");
    const before = await pictureOf(home);
    await folder.writeKey("agent-a", key);
    await folder.writeKey("agent-b", key);
    await folder.add(hostOf("a"));
    await folder.add(hostOf("b", { port: 40_023 }));
    expect((await stat(userConfig)).mode & 0o777).toBe(mode);
    const changed = await readFile(userConfig);
    expect(changed.subarray(changed.length - Buffer.from(text).length).equals(Buffer.from(text))).toBe(true);
    const found = await ssh("ac-b");
    for (const line of ["user agent", "port 40023", "stricthostkeychecking true", "addressfamily any"]) {
      expect(found).toMatch(new RegExp(`^${line}$`, "m"));
    }
    expect(found).toMatch(/^pubkeyauthentication (true|yes)$/m);
    expect(found).toMatch(/^controlmaster (false|no)$/m);
    expect(found).not.toMatch(/echo hello/);
    await folder.remove("agent-a");
    expect(await ssh("ac-b")).toMatch(/^hostkeyalias ac-b$/m);
    expect((await folder.list()).map(({ alias }) => alias)).toEqual(["ac-b"]);
    await folder.remove("agent-b");
    expect(await pictureOf(home)).toEqual(before);
  });

  it("writes through a symbolic link, there or dangling, and through a linked ~/.ssh", async () => {
    const { home, sshDir, folder, userConfig } = await rig();
    await mkdir(join(home, "dotfiles", "real-ssh"), { recursive: true });
    await symlink(join("dotfiles", "real-ssh"), sshDir);
    await symlink("../ssh_config", userConfig);
    for (const text of [undefined, "Host x\n"]) {
      const target = join(home, "dotfiles", "ssh_config");
      if (text !== undefined) await writeFile(target, text, { mode: 0o640 });
      const before = await pictureOf(home);
      await folder.add(hostOf("a"));
      expect((await lstat(userConfig)).isSymbolicLink()).toBe(true);
      expect(await readFile(target, "latin1")).toMatch(/^# .*\nInclude .*\n/);
      await folder.remove("agent-a");
      expect(await pictureOf(home)).toEqual(before);
    }
  });

  it.runIf(process.getuid?.() === 0)("keeps the owner of the user's file", async () => {
    const { folder, userConfig } = await rig();
    await writeConfig(userConfig, "Host x\n");
    await chown(userConfig, 1234, 5678);
    await folder.add(hostOf("a"));
    const { uid, gid } = await stat(userConfig);
    expect([uid, gid]).toEqual([1234, 5678]);
  });

  it("keeps what the user wrote into a file that we made", async () => {
    const { folder, userConfig, home } = await rig();
    await folder.add(hostOf("a"));
    await writeFile(userConfig, `${await readFile(userConfig, "utf8")}Host mine\n`);
    await folder.remove("agent-a");
    expect(await readFile(userConfig, "utf8")).toBe("Host mine\n");
    expect(Object.keys(await pictureOf(home))).toEqual([".ssh", ".ssh/config"]);
  });

  it("works with spaces, brackets and accents in the home folder", async () => {
    const home = await temporaryHome("höme [x] a b*-");
    const sshDir = join(home, ".ssh");
    const folder = createSshFolder({ sshDir, log: nullLogger });
    const target = await folder.add(hostOf("a"));
    const outcome = await runSsh(["-G", "-F", join(sshDir, "config"), "ac-a"]);
    expect(outcome?.stdout).toContain(`\nidentityfile ${target.identityFile}\n`);
    await folder.remove("agent-a");
    expect(await pictureOf(home)).toEqual({});
  });

  it("writes nothing when nothing changed, and puts modes right that somebody loosened", async () => {
    const { folder, ours, userConfig } = await rig();
    await folder.add(hostOf("a"));
    const files = [userConfig, join(ours, "config"), join(ours, "known_hosts")];
    for (const file of files) await utimes(file, 1, 1);
    await chmod(join(ours, "config"), 0o666);
    await chmod(ours, 0o777);
    await folder.add(hostOf("a"));
    for (const file of files) expect((await stat(file)).mtimeMs, file).toBe(1_000);
    expect((await stat(join(ours, "config"))).mode & 0o777).toBe(0o600);
    expect((await stat(ours)).mode & 0o777).toBe(0o700);
  });

  it("follows a changed port and a changed alias", async () => {
    const { folder, ssh, ours } = await rig();
    await folder.add(hostOf("a"));
    await folder.add(hostOf("a", { port: 50_000, alias: "ac-new" }));
    expect(await ssh("ac-new")).toMatch(/^port 50000$/m);
    expect(await folder.list()).toEqual([hostOf("a", { port: 50_000, alias: "ac-new" })]);
    expect(await readFile(join(ours, "known_hosts"), "utf8")).toMatch(/^ac-new \S+ \S+\n$/);
  });

  it("refuses an alias that another agent has", async () => {
    const { folder } = await rig();
    await folder.add(hostOf("a"));
    await expect(folder.add(hostOf("b", { alias: "ac-a" }))).rejects.toMatchObject({ code: "NAME_CONFLICT" });
    expect(await folder.list()).toEqual([hostOf("a")]);
  });

  it("removes what is not there, and touches nothing for it", async () => {
    const { home, folder } = await rig();
    await folder.remove("agent-a");
    await folder.removeAll();
    expect(await folder.list()).toEqual([]);
    expect(await folder.agentIds()).toEqual([]);
    expect(await pictureOf(home)).toEqual({});
  });

  it("removes a key that was written for an agent that never came", async () => {
    const { home, folder } = await rig();
    await folder.writeKey("agent-a", key);
    await folder.add(hostOf("b"));
    await folder.remove("agent-b");
    expect(await folder.agentIds()).toEqual(["agent-a"]);
    await folder.remove("agent-a");
    expect(await pictureOf(home)).toEqual({});
  });

  it("removes everything by one call, also after our folder was deleted by hand", async () => {
    const { home, folder, ours, userConfig } = await rig();
    await writeConfig(userConfig, hostile);
    const before = await pictureOf(home);
    for (const name of ["a", "b"]) {
      await folder.writeKey(`agent-${name}`, key);
      await folder.add(hostOf(name));
    }
    await folder.removeAll();
    expect(await pictureOf(home)).toEqual(before);
    await folder.add(hostOf("a"));
    await rm(ours, { recursive: true });
    await folder.removeAll();
    expect(await pictureOf(home)).toEqual(before);
  });

  it("is overridden by nothing below an Include of another tool: moves above it when that one wins", async () => {
    const { folder, userConfig, ssh, sshDir } = await rig();
    await writeConfig(join(sshDir, "other"), "Host *\n  User other\n");
    await folder.add(hostOf("a"));
    const withOurs = await readFile(userConfig, "utf8");
    await writeFile(userConfig, `Include ${join(sshDir, "other")}\n${withOurs}`);
    expect(await ssh("ac-a")).toMatch(/^user other$/m);
    await folder.add(hostOf("a"));
    expect(await ssh("ac-a")).toMatch(/^user agent$/m);
  });

  it.each(["ProxyCommand /bin/false %h", "ProxyJump bastion"])(
    "turns off a leaking %s, and only then",
    async (leak) => {
      const { folder, userConfig, ssh, ours } = await rig();
      await folder.add(hostOf("a"));
      expect(await readFile(join(ours, "config"), "utf8")).not.toContain("ProxyCommand");
      await writeConfig(userConfig, `Host *\n  ${leak}\n`);
      await folder.add(hostOf("a"));
      expect(await ssh("ac-a")).not.toMatch(/^proxy(jump|command) (?!none)/m);
      expect(await ssh("elsewhere")).toMatch(/^proxy(jump|command) /m);
      await folder.add(hostOf("a", { port: 50_000 }));
      expect(await ssh("ac-a")).not.toMatch(/^proxy(jump|command) (?!none)/m);
    },
  );
});

describe("what goes wrong", () => {
  it("a configuration that ssh refused before: said so, with the line, and left as it was", async () => {
    const { home, folder, userConfig } = await rig();
    await writeConfig(userConfig, "Host a\n  Port 2\nNonsense yes\n");
    const before = await pictureOf(home);
    await expect(folder.add(hostOf("a"))).rejects.toMatchObject({
      code: "SSH_CONFIG_UNWRITABLE",
      message: expect.stringMatching(
        /with or without Agent Containers.*line 5|with or without.*line 3/,
      ) as string,
      remedy: expect.stringContaining(userConfig) as string,
    });
    expect(await pictureOf(home)).toEqual(before);
  });

  it("a byte order mark, which ssh refuses, too", async () => {
    const { home, folder, userConfig } = await rig();
    await writeConfig(userConfig, "\uFEFFHost a\n");
    const before = await pictureOf(home);
    await expect(folder.add(hostOf("a"))).rejects.toMatchObject({ code: "SSH_CONFIG_UNWRITABLE" });
    expect(await pictureOf(home)).toEqual(before);
  });

  it("our own part refused: taken back, and the block that was there before returns", async () => {
    let refuse = false;
    const fussy: RunSsh = async (args, signal) =>
      refuse && args.includes("ac-a")
        ? {
            exitCode: 255,
            stdout: "",
            stderr: "/x/agent-containers/config line 7: Bad configuration option: new\n",
          }
        : runSsh(args, signal);
    const { home, folder } = await rig({ runSsh: fussy });
    await folder.add(hostOf("a"));
    const before = await pictureOf(home);
    refuse = true;
    const attempt = folder.add(hostOf("a", { port: 50_000 }));
    await expect(attempt).rejects.toMatchObject({
      code: "SSH_CONFIG_UNWRITABLE",
      message: expect.stringContaining("line 7: Bad configuration option") as string,
    });
    await expect(attempt).rejects.not.toMatchObject({
      message: expect.stringContaining("with or without") as string,
    });
    expect(await pictureOf(home)).toEqual(before);
  });

  it("a read-only file, also for root; a folder in its place", async () => {
    const { home, folder, userConfig } = await rig();
    await writeConfig(userConfig, "Host a\n", 0o444);
    const before = await pictureOf(home);
    const unwritable = {
      code: "SSH_CONFIG_UNWRITABLE",
      remedy: expect.stringContaining(userConfig) as string,
    };
    await expect(folder.add(hostOf("a"))).rejects.toMatchObject(unwritable);
    expect(await pictureOf(home)).toEqual(before);
    await rm(userConfig);
    await mkdir(userConfig);
    await expect(folder.add(hostOf("a"))).rejects.toMatchObject(unwritable);
    expect(Object.keys(await pictureOf(home)).sort()).toEqual([".ssh", ".ssh/config"]);
  });

  it("a file in the place of ~/.ssh, and a home that is not there", async () => {
    const { home, sshDir, folder } = await rig();
    await writeFile(sshDir, "");
    await expect(folder.add(hostOf("a"))).rejects.toMatchObject({ code: "SSH_CONFIG_UNWRITABLE" });
    expect(await folder.list()).toEqual([]);
    const nowhere = createSshFolder({ sshDir: join(home, "no", "such", ".ssh"), log: nullLogger });
    await expect(nowhere.add(hostOf("a"))).rejects.toMatchObject({ code: "SSH_CONFIG_UNWRITABLE" });
  });

  it("a read-only file does not stop a removal", async () => {
    const warnings: string[] = [];
    const { folder, userConfig } = await rig({ log: { ...nullLogger, warn: (text) => warnings.push(text) } });
    await folder.add(hostOf("a"));
    await chmod(userConfig, 0o400);
    await folder.remove("agent-a");
    expect(await folder.list()).toEqual([]);
    expect(warnings.join()).toContain("Include line");
  });

  it("no ssh program: not checked, and told", async () => {
    const lines: string[] = [];
    const { folder } = await rig({
      runSsh: () => Promise.resolve(undefined),
      log: { ...nullLogger, info: (text) => lines.push(text) },
    });
    await folder.add(hostOf("a"));
    expect(lines.join()).toContain("no ssh program");
    expect(await folder.list()).toEqual([hostOf("a")]);
  });

  it("an ssh that hangs in the user's Match exec can be cancelled, and nothing stays", async () => {
    const { home, folder, userConfig } = await rig();
    await writeConfig(userConfig, 'Match exec "sleep 60"\n  User x\n');
    const before = await pictureOf(home);
    const stop = new AbortController();
    const slow = createSshFolder({
      sshDir: join(home, ".ssh"),
      log: nullLogger,
      runSsh: (args, signal) => {
        setTimeout(() => stop.abort(), 50);
        return runSsh(args, signal);
      },
    });
    await expect(slow.add(hostOf("a"), stop.signal)).rejects.toMatchObject({ name: "AbortError" });
    expect(await pictureOf(home)).toEqual(before);
    await expect(folder.add(hostOf("a"), AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(await pictureOf(home)).toEqual(before);
  });
});
