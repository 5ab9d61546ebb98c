import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preparedReference } from "../../src/image/preparedImage.js";
import type { Agent } from "../../src/model/agent.js";
import type { Logger } from "../../src/util/log.js";
import { eventually, rejection } from "../support/collect.js";
import { connectTestEngine, run } from "../support/preparedAgent.js";
import { startProduct, type Product } from "../support/product.js";
import { baseImage, testSocketPath, uniqueName } from "../support/testEngine.js";

const key = `tskey-auth-${randomBytes(16).toString("hex")}`;
const docker = async (...args: string[]) => {
  const ran = await run("docker", ["-H", `unix://${testSocketPath()}`, ...args]);
  if (ran.code !== 0) throw new Error(`docker ${args.join(" ")}: ${ran.stderr}`);
  return ran.stdout + ran.stderr;
};

/** Stands for the real one: records how it was called, and logs in with a key that is not `bad`. */
const client = `#!/bin/sh
{ echo "argv: $*"; env; } >>/var/log/tailscale-calls
socket= file=
for argument; do
  case $argument in
    --socket=*) socket=\${argument#--socket=} ;;
    --authkey=file:*) file=\${argument#--authkey=file:} ;;
    --authkey=*) echo "not a file" >&2; exit 1 ;;
  esac
done
[ -e "$socket" ] || { echo "no tailscaled" >&2; exit 1; }
given=$(cat "$file") || exit 1
stat -c '%a %U' "$file" >>/var/log/tailscale-calls
case $given in
  tskey-auth-bad) echo "invalid key: $given not valid" >&2; exit 1 ;;
esac
printf %s "$given" | sha256sum >/var/log/tailscale-key
`;
const daemon = `#!/bin/sh
{ echo "daemon: $*"; env; } >>/var/log/tailscale-calls
for argument; do
  case $argument in --socket=*) : >"\${argument#--socket=}" ;; --statedir=*) echo kept >"\${argument#--statedir=}/node" ;; esac
done
exec sleep 1000000
`;

const logged: string[] = [];
const keep = (message: string) => void logged.push(message);
const log: Logger = { debug: keep, info: keep, warn: keep, error: keep };
const image = `${uniqueName("ac-test-tailscale")}:1`;
let product: Product;

beforeAll(async () => {
  product = await startProduct({ env: { TS_AUTHKEY: key }, log });
  // The base may have been made a moment ago by another test; a build needs no network here.
  const container = uniqueName("ac-test-build");
  const write = (path: string, script: string) =>
    `echo ${Buffer.from(script).toString("base64")} | base64 -d >${path} && chmod 755 ${path}`;
  const script = `${write("/usr/bin/tailscale", client)} && ${write("/usr/sbin/tailscaled", daemon)}`;
  await docker("run", "--name", container, baseImage, "sh", "-c", script);
  await docker("commit", "--change", 'CMD ["bash"]', container, image);
  await docker("rm", container);
});
afterAll(async () => {
  await product.dispose();
  const engine = connectTestEngine();
  const { id } = await engine.inspectImage(image);
  await engine.removeImage(preparedReference({ baseId: id, packages: [], user: "agent" }).reference);
  await engine.removeImage(image);
  engine.dispose();
});

const root = (agent: Agent, script: string) =>
  product.core.exec(agent.id, { command: ["sh", "-c", script], user: "root" });

describe("tailscale", () => {
  let agent: Agent;
  const began = Math.floor(Date.now() / 1000) - 1;

  it("joins the tailnet with the key from a file that root alone reads", async () => {
    agent = await product.core.create({
      name: product.name(),
      image,
      tailscale: {
        authKey: { env: "TS_AUTHKEY" },
        hostname: "fixer",
        args: ["--accept-routes", "--ssh=a b"],
      },
    });
    const calls = (await root(agent, "cat /var/log/tailscale-calls")).stdout;
    expect(calls).toContain("daemon: --statedir=/mngr-state/tailscale/state --socket=");
    expect(calls).toMatch(
      /argv: --socket=\S+ up --authkey=file:\/run\/secrets\/\.tailscale-authkey --timeout=60s --hostname=fixer --accept-routes --ssh=a b\n/,
    );
    expect(calls).toContain("\n400 root\n");
    const digest = (await run("sh", ["-c", `printf %s ${key} | sha256sum`])).stdout;
    expect((await root(agent, "cat /var/log/tailscale-key")).stdout).toBe(digest);
    expect(calls).not.toContain(key);
    // It is used once.
    expect((await root(agent, "ls -A /run/secrets")).stdout).not.toContain("tailscale");
  });

  it("gives the container NET_ADMIN and the device, and no more", async () => {
    const [{ HostConfig }] = JSON.parse(await docker("inspect", agent.containerId)) as [
      { HostConfig: { CapAdd: string[]; Devices: object[]; Privileged: boolean } },
    ];
    expect(HostConfig).toMatchObject({
      CapAdd: ["NET_ADMIN"],
      Devices: [{ PathOnHost: "/dev/net/tun", PathInContainer: "/dev/net/tun", CgroupPermissions: "rwm" }],
      Privileged: false,
    });
    const inside = await root(agent, "stat -c %F /dev/net/tun; grep CapEff /proc/self/status");
    expect(inside.stdout).toContain("character special file");
    const effective = BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(inside.stdout)?.[1] ?? "0"}`);
    expect((effective >> 12n) & 1n).toBe(1n);
  });

  it("leaves the key nowhere", async () => {
    const id = agent.containerId;
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const prepared = (JSON.parse(await docker("inspect", id)) as [{ Image: string }])[0].Image;
    const places: Record<string, string> = {
      inspect: await docker("inspect", id),
      logs: await docker("logs", id),
      history: await docker("history", "--no-trunc", prepared),
      ps: await docker("exec", id, "ps", "axwwe"),
      "ps outside": (await run("ps", ["axww"])).stdout,
      events: await docker(
        "events",
        "--since",
        String(began),
        "--until",
        until,
        "--filter",
        `container=${id}`,
      ),
      "our log": logged.join("\n"),
      "the files in it": (
        await root(
          agent,
          `grep -rl -F "$(printf %s tskey; printf %s -auth-)" /etc /var /mngr-state /run /app /home /tmp; echo end`,
        )
      ).stdout,
      "this machine's files": JSON.stringify(await product.sshFiles()),
    };
    for (const [place, content] of Object.entries(places)) {
      expect(content.length, place).toBeGreaterThan(2);
      expect(content.includes(key), place).toBe(false);
    }
    expect(places["the files in it"]).toBe("end\n");
  });

  it("starts tailscaled again whoever starts the container, without a key", async () => {
    await docker("restart", agent.containerId);
    await eventually(
      "tailscaled",
      async () => (await root(agent, "cat /var/run/tailscale/tailscaled.sock")).exitCode === 0,
    );
    const calls = (await root(agent, "cat /var/log/tailscale-calls")).stdout;
    expect(calls.match(/^daemon: /gm)).toHaveLength(2);
    expect(calls.match(/^argv: /gm)).toHaveLength(1);
    expect((await root(agent, "cat /mngr-state/tailscale/state/node")).stdout).toBe("kept\n");
  });

  it("ends with the container, at once and in order", async () => {
    const before = performance.now();
    await product.core.stop(agent.id);
    expect(performance.now() - before).toBeLessThan(5000);
    expect((await product.core.get(agent.id)).exit?.code).toBe(0);
  });

  it("says why a login failed, without the key, and leaves nothing", async () => {
    const name = product.name();
    const error = await rejection(
      product.core.create({ name, image, tailscale: { authKey: { value: "tskey-auth-bad" } } }),
    );
    expect(error).toMatchObject({
      code: "START_FAILED",
      field: "tailscale",
      log: "invalid key: *** not valid",
    });
    expect(
      (await product.engine.listContainers("com.imbue.mngr.agent-id")).map((one) => one.name),
    ).not.toContain(name);
    expect(JSON.stringify(await product.sshFiles())).not.toContain(name);
  });

  it("says how to get one where the image has no tailscale", async () => {
    const name = product.name();
    const error = await rejection(product.core.create({ name, tailscale: { authKey: key } }));
    expect(error).toMatchObject({ code: "UNSUPPORTED", field: "tailscale" });
    expect("remedy" in error && error.remedy).toContain("tailscale.com/install.sh");
    expect(
      (await product.engine.listContainers("com.imbue.mngr.agent-id")).map((one) => one.name),
    ).not.toContain(name);
  });

  it("without a key is the device alone, and needs nothing in the image", async () => {
    const plain = await product.core.create({ name: product.name(), tailscale: true });
    expect((await root(plain, "stat -c %F /dev/net/tun")).stdout).toBe("character special file\n");
    expect((await product.core.logs(plain.id)).stderr).toContain(
      "tailscaled is not started: there is none in this image",
    );
  });
});
