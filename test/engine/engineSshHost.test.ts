import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { generateKeyPair } from "../../src/ssh/keyPair.js";
import { rejection } from "../support/collect.js";
import type { SshEngineRig } from "../support/sshEngine.js";
import { startSshEngine } from "../support/sshEngine.js";
import { startCrowdedAgent } from "../support/sshUser.js";
import { testSocketPath } from "../support/testEngine.js";
import { freePort } from "./sshdRig.js";

const run = promisify(execFile);

/** Who is let in, to which host, and by which way: decided by the user's own OpenSSH. */
describe("the host of an ssh engine", () => {
  let far: SshEngineRig;
  beforeAll(async () => {
    far = await startSshEngine();
  });
  afterAll(() => far.stop());
  beforeEach(async () => {
    await far.configure((common) => `Host far\n  ${common}\n`);
    await far.trust(far.proxy.port);
  });

  const ping = async (options: Parameters<SshEngineRig["engine"]>[0] = {}) => {
    const engine = far.engine(options);
    try {
      return await engine.ping();
    } finally {
      engine.dispose();
    }
  };
  const reached = { apiVersion: expect.stringMatching(/^1\./) as string };
  const configured = (change: (common: string) => string) =>
    far.configure((common) => `Host far\n  ${change(common)}\n`);

  describe("its key", () => {
    const line = (key: string) => `[127.0.0.1]:${far.proxy.port} ${key}\n`;

    it("unknown: refused, with the command that makes it known, and nothing is written", async () => {
      await writeFile(far.knownHosts, line(generateKeyPair("x").publicKey).replace("127.0.0.1", "127.0.0.2"));
      const before = await readFile(far.knownHosts, "utf8");
      const error = await rejection(ping({ user: far.sshd.user }));
      expect(error).toMatchObject({ code: "HOST_KEY_UNKNOWN" });
      expect("remedy" in error && error.remedy).toContain(`ssh ${far.sshd.user}@far`);
      expect(error.message).toMatch(/SHA256:/);
      expect(await readFile(far.knownHosts, "utf8")).toBe(before);
    });

    it("is not accepted silently where the user's configuration would", async () => {
      await writeFile(far.knownHosts, "");
      await configured((common) => `${common}\n  StrictHostKeyChecking accept-new`);
      expect(await rejection(ping())).toMatchObject({ code: "HOST_KEY_UNKNOWN" });
      expect(await readFile(far.knownHosts, "utf8")).toBe("");
    });

    it("another, and a revoked one: HOST_KEY_CHANGED", async () => {
      await writeFile(far.knownHosts, line(generateKeyPair("x").publicKey));
      expect(await rejection(ping())).toMatchObject({ code: "HOST_KEY_CHANGED" });
      await writeFile(
        far.knownHosts,
        line(far.sshd.hostKey.publicKey) + `@revoked * ${far.sshd.hostKey.publicKey}\n`,
      );
      expect(await rejection(ping())).toMatchObject({ code: "HOST_KEY_CHANGED" });
    });

    it("hashed, or under an alias: taken", async () => {
      await run("ssh-keygen", ["-H", "-f", far.knownHosts]);
      expect(await readFile(far.knownHosts, "utf8")).not.toContain("127.0.0.1");
      expect(await ping()).toMatchObject(reached);
      await writeFile(far.knownHosts, `the-alias ${far.sshd.hostKey.publicKey}\n`);
      await configured((common) => `${common}\n  HostKeyAlias the-alias`);
      expect(await ping()).toMatchObject(reached);
    });

    it("of a host that has several: the one that is known is asked for", async () => {
      const rsa = join(far.sshd.folder, "rsa");
      await run("ssh-keygen", ["-q", "-t", "rsa", "-N", "", "-f", rsa]);
      const many = await startSshEngine(`HostKey ${rsa}`);
      try {
        const publicKey = (await readFile(`${rsa}.pub`, "utf8")).trim();
        await writeFile(many.knownHosts, `[127.0.0.1]:${many.proxy.port} ${publicKey}\n`);
        const engine = many.engine();
        expect(await engine.ping()).toMatchObject(reached);
        engine.dispose();
      } finally {
        await many.stop();
      }
    });
  });

  describe("the user's keys", () => {
    const file = (name: string) => join(far.sshd.folder, name);
    const withKey = (key: string, more = "") =>
      configured((common) => common.replace(/IdentityFile .*/, `IdentityFile ${key}`) + more);
    const agents: { stop: () => Promise<void> }[] = [];
    afterEach(async () => {
      for (const agent of agents.splice(0)) await agent.stop();
    });

    it("a key that the host does not take, and none at all: SSH_AUTH", async () => {
      await writeFile(file("other"), generateKeyPair("other").privateKey, { mode: 0o600 });
      await withKey(file("other"));
      expect(await rejection(ping())).toMatchObject({ code: "SSH_AUTH" });
      await withKey(file("absent"));
      expect(await rejection(ping())).toMatchObject({ code: "SSH_AUTH" });
    });

    it("a key with a passphrase is named, and taken from an agent that holds it", async () => {
      const locked = file("locked");
      await writeFile(locked, far.sshd.clientKey.privateKey, { mode: 0o600 });
      await run("ssh-keygen", ["-p", "-q", "-P", "", "-N", "secret words", "-f", locked]);
      await writeFile(`${locked}.pub`, `${far.sshd.clientKey.publicKey}\n`);
      await withKey(locked);
      const error = await rejection(ping());
      expect(error).toMatchObject({ code: "SSH_AUTH", remedy: expect.stringContaining("ssh-add") as string });
      expect(error.message).toContain(`${locked} (it has a passphrase)`);

      const socket = file("agent.sock");
      const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "inherit"] });
      agents.push({ stop: async () => void agent.kill() });
      await once(agent.stdout, "data");
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      await run("ssh-add", ["-q", file("client_key")], { env });
      await configured((common) =>
        common.replace(/IdentityFile .*/, `IdentityFile ${locked}`).replace(/IdentityAgent .*/, ""),
      );
      expect(await ping({ ssh: { configFile: far.configFile, env } })).toMatchObject(reached);
    });

    it("an agent full of other keys is in nobody's way where a key is named", async () => {
      const socket = file("crowded.sock");
      agents.push(await startCrowdedAgent(socket));
      await configured((common) => common.replace(/IdentityAgent .*/, `IdentityAgent ${socket}`));
      expect(await ping()).toMatchObject(reached);
    });

    it("an agent that is not there leaves the files", async () => {
      await configured((common) => common.replace(/IdentityAgent .*/, "IdentityAgent /no/such/agent"));
      expect(await ping()).toMatchObject(reached);
    });
  });

  describe("the way to it", () => {
    it("nobody listens, nobody knows the name, ssh refuses its configuration: ENGINE_UNREACHABLE", async () => {
      const port = await freePort();
      await configured((common) => common.replace(/Port \d+/, `Port ${port}`));
      expect(await rejection(ping())).toMatchObject({ code: "ENGINE_UNREACHABLE" });
      await configured((common) => common.replace("127.0.0.1", "no-such-host.invalid"));
      expect(await rejection(ping())).toMatchObject({ code: "ENGINE_UNREACHABLE" });
      await configured((common) => `${common}\n  NoSuchDirective yes`);
      const error = await rejection(ping());
      expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
      expect(error.message).toContain("line 10");
    });

    it("a name that is an option of ssh is no host", async () => {
      for (const host of ["-oProxyCommand=touch", "a;b"]) {
        expect(await rejection(ping({ host }))).toMatchObject({ code: "ENGINE_NOT_FOUND" });
      }
    });

    it("leads through a jump host, whose key is checked too", async () => {
      const jump = await startSshEngine();
      try {
        const key = join(jump.sshd.folder, "client_key");
        const known = (text: string) => writeFile(join(far.sshd.folder, "jump_hosts"), text);
        await known(`[127.0.0.1]:${jump.proxy.port} ${jump.sshd.hostKey.publicKey}\n`);
        const jumpLines = (common: string) =>
          common
            .replace(/Port \d+/, `Port ${jump.proxy.port}`)
            .replace(/IdentityFile .*/, `IdentityFile ${key}`)
            .replace(/UserKnownHostsFile .*/, `UserKnownHostsFile ${far.sshd.folder}/jump_hosts`);
        const through = (directive: string) =>
          far.configure(
            (common) => `Host far\n  ${common}\n  ${directive}\nHost jump\n  ${jumpLines(common)}\n`,
          );
        await through("ProxyJump jump");
        expect(await ping()).toMatchObject(reached);
        expect(jump.proxy.accepted).toBe(1);
        await through(`ProxyCommand ssh -F ${far.configFile} -W %h:%p jump`);
        expect(await ping()).toMatchObject(reached);
        expect(jump.proxy.accepted).toBe(2);

        await known(`[127.0.0.1]:${jump.proxy.port} ${generateKeyPair("x").publicKey}\n`);
        await through("ProxyJump jump");
        expect(await rejection(ping())).toMatchObject({ code: "HOST_KEY_CHANGED" });
        await through("ProxyJump no-such-host.invalid");
        expect(await rejection(ping())).toMatchObject({ code: "ENGINE_UNREACHABLE" });
        await through("ProxyCommand /no/such/program");
        expect(await rejection(ping())).toMatchObject({ code: "ENGINE_UNREACHABLE" });
      } finally {
        await jump.stop();
      }
    });
  });

  describe("its engine", () => {
    it("is found without a path", async () => {
      const own = await startSshEngine(`SetEnv DOCKER_HOST=unix://${testSocketPath()}`);
      const [near, found] = [far.engine(), own.engine({ path: null })];
      try {
        const [ours, theirs] = await Promise.all([near.listNetworks(), found.listNetworks()]);
        // Ids of the default networks are the engine's own.
        const id = (networks: typeof ours) => networks.find(({ name }) => name === "none")?.id;
        expect(id(theirs)).toBe(id(ours));
        expect(id(theirs)).toMatch(/^[0-9a-f]{64}$/);
      } finally {
        near.dispose();
        found.dispose();
        await own.stop();
      }
    });

    it("absent, or with nobody behind its socket, is told; the login is kept, and the next call looks again", async () => {
      const path = join(far.sshd.folder, "docker.sock");
      const engine = far.engine({ path });
      const before = far.proxy.accepted;
      expect(await rejection(engine.ping())).toMatchObject({ code: "ENGINE_NOT_FOUND" });

      const server = createServer().listen(`${path}.new`);
      await once(server, "listening");
      await rename(`${path}.new`, path);
      server.close();
      await once(server, "close");
      expect(await rejection(engine.ping())).toMatchObject({ code: "ENGINE_UNREACHABLE" });

      // Now the engine comes up there: a real one, by way of a relay of the system's own.
      await run("rm", ["-f", path]);
      await run("ln", ["-s", testSocketPath(), path]);
      expect(await engine.ping()).toMatchObject(reached);
      expect(far.proxy.accepted - before).toBe(1);
      engine.dispose();
    });

    it("what a login shell prints is passed over", async () => {
      const banner = join(far.sshd.folder, "noisy");
      await writeFile(banner, '#!/bin/sh\necho Welcome; echo oops >&2\neval "$SSH_ORIGINAL_COMMAND"\n');
      await chmod(banner, 0o755);
      const own = await startSshEngine(`ForceCommand ${banner}`);
      const engine = own.engine();
      expect(await engine.ping()).toMatchObject(reached);
      engine.dispose();
      await own.stop();
      const silent = await startSshEngine("ForceCommand /bin/true");
      const forwarded = silent.engine();
      expect(await forwarded.ping()).toMatchObject(reached);
      forwarded.dispose();
      await silent.stop();
    });
  });
});
