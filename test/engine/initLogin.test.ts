import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectTestEngine, makeAgent, prepareBase, run } from "../support/preparedAgent.js";
import type { TestAgent } from "../support/preparedAgent.js";

const engine = connectTestEngine();
let agent: TestAgent;
let folder: string;

beforeAll(async () => {
  const image = await prepareBase(engine);
  const env = {
    PORT: "4711",
    SPACED: "a b",
    TRICKY: "q\"\\n\\\\#$HOME'",
    PATH: "/opt/tool/bin:/usr/bin:/bin",
  };
  folder = await mkdtemp(join(tmpdir(), "ac-login-"));
  agent = await makeAgent(engine, image, { env });
  await agent.start();
});
afterAll(async () => {
  await agent.dispose();
  await rm(folder, { recursive: true });
  engine.dispose();
});

describe("a login into an agent", () => {
  it("is the agent's user, in a home of its own, with sudo and the injected host key", async () => {
    const { stdout, stderr, code } = await agent.ssh(
      "id -un; id -u; pwd; sudo -n id -u; stat -c %U:%a /app ~",
    );
    expect({ stdout, stderr, code }).toEqual({
      stdout: "agent\n1000\n/home/agent\n0\nagent:755\nagent:755\n",
      stderr: "",
      code: 0,
    });
  });

  it("sees the environment, in a login shell too", async () => {
    const { stdout } = await agent.ssh("env");
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        "PORT=4711",
        "SPACED=a b",
        "TRICKY=q\"\\n\\\\#$HOME'",
        "PATH=/opt/tool/bin:/usr/bin:/bin",
      ]),
    );
    expect((await agent.ssh("bash -lc 'echo $PATH'")).stdout).toBe("/opt/tool/bin:/usr/bin:/bin\n");
  });

  it("heeds Ctrl-C: no signal is ignored", async () => {
    expect((await agent.ssh("grep SigIgn /proc/self/status")).stdout).toMatch(/SigIgn:\s+0{16}\n/);
  });

  it("is refused with a password, to root, and to another user", async () => {
    const password = await agent.ssh("true", "-o", "PubkeyAuthentication=no");
    // The list of ways that are left names nothing but keys.
    expect(password).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("denied (publickey).") as string,
    });
    for (const user of ["root", "nobody"]) {
      const other = await run("ssh", [...(await agent.options()), `${user}@agent`, "true"]);
      expect(other).toMatchObject({
        code: 255,
        stderr: expect.stringContaining("denied (publickey).") as string,
      });
    }
    expect((await agent.ssh("true")).code).toBe(0);
  });

  it("carries files by sftp, scp and rsync", async () => {
    const text = "bytes \u0000 and ünïcode\n".repeat(1000);
    await writeFile(join(folder, "up"), text);
    const options = await agent.options();
    const batch = `put ${folder}/up /app/one\nget /app/one ${folder}/down\n`;
    expect(await run("sftp", [...options, "-b", "-", "agent@agent"], batch)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "down"), "utf8")).toBe(text);
    expect(await run("scp", [...options, join(folder, "up"), "agent@agent:/app/two"])).toMatchObject({
      code: 0,
    });
    expect((await agent.ssh("cmp /app/one /app/two && command -v rsync")).stdout).toBe("/usr/bin/rsync\n");
  });

  it("forwards to ports inside, as VS Code Server needs it, and no agent or X11", async () => {
    const banner = await run("ssh", [...(await agent.options()), "-W", "127.0.0.1:22", "agent@agent"], "\n");
    expect(banner.stdout).toMatch(/^SSH-2\.0-OpenSSH/);
    expect((await agent.ssh("env", "-A")).stdout).not.toContain("SSH_AUTH_SOCK");
  });

  it("finds /mngr on the agent's own volume, and may write there", async () => {
    const { stdout } = await agent.ssh(
      "readlink /mngr; stat -c %U /mngr/; echo kept >/mngr/file; cat /mngr/file",
    );
    expect(stdout).toBe(`/mngr-state/volumes/${agent.agentId}\nagent\nkept\n`);
  });

  it("cannot read the host key or the environment file of sshd", async () => {
    const { stdout } = await agent.ssh(
      "cat /mngr-state/ssh/ssh_host_ed25519_key /mngr-state/ssh/environment.conf",
    );
    expect(stdout).toBe("");
  });
});
