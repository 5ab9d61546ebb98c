import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { eventually } from "../support/collect.js";
import { startProduct, writeUserConfig, type Product } from "../support/product.js";
import { hostileConfig, startCrowdedAgent, type CrowdedAgent } from "../support/sshUser.js";

const run = promisify(execFile);

describe("an agent from any terminal", () => {
  let product: Product;
  let agent: Agent;
  let crowd: CrowdedAgent;
  let env: NodeJS.ProcessEnv;
  const userConfig = hostileConfig("ProxyCommand /bin/false");

  beforeAll(async () => {
    product = await startProduct();
    await writeUserConfig(product.home, userConfig);
    const socket = join(product.home, "ssh-agent.sock");
    crowd = await startCrowdedAgent(socket);
    env = { ...process.env, SSH_AUTH_SOCK: socket };
    agent = await product.core.create({ name: product.name() });
  });
  afterAll(async () => {
    await crowd.stop();
    await product.dispose();
  });

  /** One client, with no prompt and no word on stderr. */
  async function client(program: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(program, args, { env, timeout: 30_000 });
    expect(stderr).toBe("");
    return stdout;
  }

  async function everyClientWorks(): Promise<void> {
    const alias = agent.ssh?.alias ?? "";
    const batch = ["-F", join(product.home, ".ssh", "config"), "-o", "BatchMode=yes"];
    await client("ssh", ...batch, alias, "true");
    expect(await client("ssh", ...batch, alias, "echo", "$((40 + 2))")).toBe("42\n");

    const here = join(product.home, "files");
    await mkdir(here, { recursive: true });
    const content = `${Math.random()} — ünïcode\n`;
    await writeFile(join(here, "a file"), content);
    await client("scp", "-q", ...batch, join(here, "a file"), `${alias}:/app/scp`);
    expect(await client("ssh", ...batch, alias, "cat /app/scp")).toBe(content);

    const shell = `ssh ${batch.join(" ")}`;
    await client("rsync", "-a", "-e", shell, `${here}/`, `${alias}:/app/rsync/`);
    await client("rsync", "-a", "-e", shell, `${alias}:/app/rsync/`, join(product.home, "back/"));
    expect(await readFile(join(product.home, "back", "a file"), "utf8")).toBe(content);

    const batchFile = join(product.home, "batch");
    await writeFile(
      batchFile,
      `put "${join(here, "a file")}" /app/sftp\nget /app/sftp ${join(product.home, "got")}\n`,
    );
    await run("sftp", [...batch, "-q", "-b", batchFile, alias], { env, timeout: 30_000 });
    expect(await readFile(join(product.home, "got"), "utf8")).toBe(content);
  }

  it(
    "takes ssh, scp, rsync and sftp under a hostile Host * and an agent with eight other keys",
    everyClientWorks,
  );

  it("takes them after docker restart by hand, with nothing of ours running", async () => {
    product.core.dispose();
    const socket = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";
    await run("docker", ["-H", socket, "restart", agent.containerId]);
    await eventually("sshd is back", () =>
      client("ssh", "-F", join(product.home, ".ssh", "config"), agent.ssh?.alias ?? "", "true").then(
        () => true,
        () => false,
      ),
    );
    await everyClientWorks();
  });

  it("takes them after docker stop and docker start", async () => {
    const socket = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";
    await run("docker", ["-H", socket, "stop", agent.containerId]);
    await run("docker", ["-H", socket, "start", agent.containerId]);
    await eventually("sshd is back", () =>
      client("ssh", "-F", join(product.home, ".ssh", "config"), agent.ssh?.alias ?? "", "true").then(
        () => true,
        () => false,
      ),
    );
    await everyClientWorks();
  });

  it("refuses a password, root, and another server in its place", async () => {
    const config = join(product.home, ".ssh", "config");
    const refused = (...args: string[]) =>
      run("ssh", ["-F", config, "-o", "BatchMode=yes", ...args, agent.ssh?.alias ?? "", "true"], {
        env,
      }).then(
        () => "was let in",
        (error: { stderr: string }) => error.stderr,
      );
    expect(await refused("-o", "PreferredAuthentications=password,keyboard-interactive")).toContain(
      "Permission denied",
    );
    expect(await refused("-l", "root")).toContain("Permission denied");
    const other = await product.another().create({ name: product.name() });
    expect(await refused("-o", `Port=${other.ssh?.port ?? 0}`)).toContain(
      "REMOTE HOST IDENTIFICATION HAS CHANGED",
    );
  });

  it("gives the user's configuration back byte for byte", async () => {
    const core = product.another();
    for (const { id, name } of await core.list()) if (name.startsWith(product.prefix)) await core.destroy(id);
    expect(await product.sshFiles()).toEqual({ config: `600 ${userConfig}` });
  });
});
