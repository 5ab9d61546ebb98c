import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKeyPair } from "../../src/ssh/keyPair.js";
import { createSshFolder, type SshFolder } from "../../src/ssh/sshFolder.js";
import { nullLogger } from "../../src/util/log.js";
import { hostileConfig, startCrowdedAgent, type CrowdedAgent } from "../support/sshUser.js";
import { freePort, run, startSshd, type SshdRig } from "./sshdRig.js";

describe("the real clients through our configuration", () => {
  let sshd: SshdRig;
  let crowd: CrowdedAgent;
  let home: string;
  let folder: SshFolder;
  let config: string;
  const env = { SSH_AUTH_SOCK: "" };

  const host = () => ({
    alias: "ac-test",
    agentId: "agent-test",
    engine: "unix:///x",
    hostName: "127.0.0.1",
    port: sshd.port,
    user: sshd.user,
    hostPublicKey: sshd.hostKey.publicKey,
  });

  beforeAll(async () => {
    sshd = await startSshd();
    home = await mkdtemp(join(tmpdir(), "home with space-"));
    await mkdir(join(home, ".ssh"), { mode: 0o700 });
    config = join(home, ".ssh", "config");
    env.SSH_AUTH_SOCK = join(sshd.folder, "agent.sock");
    crowd = await startCrowdedAgent(env.SSH_AUTH_SOCK);
    folder = createSshFolder({ sshDir: join(home, ".ssh"), log: nullLogger });
  });

  afterAll(async () => {
    await crowd.stop();
    await sshd.stop();
    await rm(home, { recursive: true, force: true });
  });

  it.each(["", "ProxyCommand /bin/false", "ProxyJump nowhere.invalid"])(
    "ssh, sftp and scp work without a prompt or a word under a hostile Host * (%s)",
    async (proxy) => {
      await writeFile(config, hostileConfig(proxy), { mode: 0o600 });
      await folder.writeKey("agent-test", sshd.clientKey);
      await folder.add(host());
      const batch = ["-F", config, "-o", "BatchMode=yes"];
      const ssh = await run("ssh", [...batch, "ac-test", "echo", "$((40+2))"], env);
      expect(ssh).toEqual({ stdout: "42\n", stderr: "" });
      const source = join(sshd.folder, "source");
      await writeFile(source, Buffer.from([0, 255, 10, 13]));
      const scp = await run("scp", ["-q", ...batch, source, `ac-test:${sshd.folder}/copied`], env);
      expect(scp.stderr).toBe("");
      const list = join(sshd.folder, "list");
      await writeFile(list, `get ${sshd.folder}/copied ${sshd.folder}/fetched\n`);
      const sftp = await run("sftp", ["-q", ...batch, "-b", list, "ac-test"], env);
      expect(sftp.stderr).toBe("");
      expect(await readFile(join(sshd.folder, "fetched"))).toEqual(Buffer.from([0, 255, 10, 13]));
    },
  );

  it("our file alone serves too, and with it sessions that are shaped as Remote-SSH's", async () => {
    await writeFile(config, "", { mode: 0o600 });
    await folder.writeKey("agent-test", sshd.clientKey);
    const { configFile, alias } = await folder.add(host());
    const shaped = [
      "-F",
      configFile,
      "-T",
      "-D",
      `127.0.0.1:${await freePort()}`,
      "-o",
      "ConnectTimeout=15",
      alias,
      "bash -c 'echo $0'",
    ];
    expect((await run("ssh", shaped, env)).stdout).toBe("bash\n");
  });

  it("another host key on the port is refused", async () => {
    await writeFile(config, "Host *\n  NoHostAuthenticationForLocalhost yes\n  StrictHostKeyChecking no\n");
    const target = await folder.add({ ...host(), hostPublicKey: generateKeyPair("").publicKey });
    await expect(run("ssh", ["-F", config, target.alias, "true"], env)).rejects.toMatchObject({
      code: 255,
      stderr: expect.stringContaining("Host key verification failed") as string,
    });
  });

  it("without IdentitiesOnly the eight keys of the agent would have shut us out", async () => {
    await writeFile(config, "");
    await folder.writeKey("agent-test", sshd.clientKey);
    const { configFile, alias } = await folder.add(host());
    const loose = join(sshd.folder, "loose");
    const text = await readFile(configFile, "utf8");
    await writeFile(loose, text.replace(/ {2}Identit(iesOnly|yAgent).*\n/g, ""), { mode: 0o600 });
    await expect(run("ssh", ["-F", loose, alias, "true"], env)).rejects.toMatchObject({
      stderr: expect.stringContaining("Too many authentication failures") as string,
    });
  });
});
