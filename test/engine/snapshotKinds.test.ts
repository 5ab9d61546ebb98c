import { randomBytes } from "node:crypto";
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtFromLabel } from "../../src/image/builtImage.js";
import { preparedReference } from "../../src/image/preparedImage.js";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys, roleLabel } from "../../src/model/labels.js";
import { isForkBaseReference, parseSnapshotRecord, snapshotLabel } from "../../src/model/snapshot.js";
import type { AgentSpecInput } from "../../src/model/spec.js";
import type { Logger } from "../../src/util/log.js";
import { eventually, rejection } from "../support/collect.js";
import { inspected } from "../support/inspected.js";
import { run } from "../support/preparedAgent.js";
import { startProduct, type Product } from "../support/product.js";
import { baseImage, testSocketPath, uniqueName } from "../support/testEngine.js";

const docker = async (...args: string[]) => {
  const ran = await run("docker", ["-H", `unix://${testSocketPath()}`, ...args]);
  if (ran.code !== 0) throw new Error(`docker ${args.join(" ")}: ${ran.stderr}`);
  return ran.stdout;
};

const user = { uid: 4321, gid: 4322 };
const warnings: string[] = [];
const ignore = () => undefined;
const log: Logger = { debug: ignore, info: ignore, warn: (line) => void warnings.push(line), error: ignore };

interface ForkRequest {
  snapshot?: string;
  secrets?: AgentSpecInput["secrets"];
  envFile?: string;
}

/** Forks and restores of agents that are more than an image and a name. */
describe("a fork and a restore of an agent", () => {
  let product: Product;
  let folder: string;

  beforeAll(async () => {
    product = await startProduct({ user, log });
    folder = await mkdtemp(join(tmpdir(), "ac-kinds-"));
    await chown(folder, user.uid, user.gid);
  });
  afterAll(async () => {
    await product.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const create = (spec: AgentSpecInput) => product.core.create({ name: product.name(), ...spec });
  const sh = async (target: string, script: string, as?: string): Promise<string> => {
    const command = ["sh", "-c", script];
    const { stdout, stderr, exitCode } = await product.core.exec(target, { command, user: as });
    expect(exitCode, stderr).toBe(0);
    return stdout.trim();
  };
  const forkOne = async (target: string, request: ForkRequest = {}): Promise<Agent> => {
    const [fork] = await product.core.fork(target, request);
    if (!fork) throw new Error("there is no fork");
    return fork;
  };
  const login = async ({ ssh }: Agent, script: string) =>
    (await product.ssh(ssh?.alias ?? "", script)).stdout.trim();
  const volumeOf = async (image: string) => {
    const images = await product.engine.listImages(snapshotLabel);
    const labels = images.find(({ tags }) => tags.includes(image))?.labels ?? {};
    return parseSnapshotRecord(labels[snapshotLabel])?.volume ?? undefined;
  };

  it("with secrets has them where this machine knows them, and says so where it does not", async () => {
    const { core } = product;
    const secret = randomBytes(16).toString("hex");
    const file = join(product.home, "secret");
    await writeFile(file, secret);
    const agent = await create({ secrets: { KEY: { file } } });
    await sh(agent.id, "echo kept > /mngr/kept; printenv KEY | tr -d '\\n' | md5sum > /app/md5");
    const taken = await core.snapshot(agent.id);
    const volume = await volumeOf(taken.image);
    const found = await docker(
      ..."run --rm --entrypoint sh -v".split(" "),
      `${volume}:/beside`,
      taken.image,
      "-c",
      `ls /beside; grep -rlF ${secret} / --exclude-dir=proc --exclude-dir=sys -s || echo none`,
    );
    expect(found).toBe("volumes\nnone\n");
    expect(await docker("inspect", taken.image)).not.toContain(secret);
    expect(await docker("history", "--no-trunc", taken.image)).not.toContain(secret);

    for (const fork of [await forkOne(agent.id), await forkOne(agent.id, { snapshot: taken.id })]) {
      expect(await login(fork, "cat /run/secrets/KEY; echo; echo $KEY")).toBe(`${secret}\n${secret}`);
      // And again after a start, from its own record.
      await core.restart(fork.id);
      expect(await login(fork, "echo $KEY")).toBe(secret);
      await core.destroy(fork.id);
    }
    await core.restore(agent.id, { snapshot: taken.id });
    expect(await login(agent, "echo $KEY; cat /mngr/kept")).toBe(`${secret}\nkept`);

    await core.destroy(agent.id);
    warnings.length = 0;
    const late = await forkOne(agent.id, { snapshot: taken.id });
    expect(warnings.join("\n")).toMatch(/waits for secrets that this machine does not have: KEY/);
    expect(late.missingSecrets).toEqual(["KEY"]);
    expect(await login(late, "ls -A /run/secrets; echo :$KEY; cat /mngr/kept")).toBe(":\nkept");
    await core.destroy(late.id);
    await core.deleteSnapshot({ snapshot: taken.id });
  });

  it("takes secrets and variables of its own, instead of those that went with its source", async () => {
    const { core } = product;
    const envFile = join(product.home, "fork.env");
    await writeFile(envFile, "COLOUR=red\nSHAPE=round\n");
    const agent = await create({
      env: { COLOUR: "green" },
      secrets: { KEY: { value: "first" }, OTHER: { value: "second" } },
      // Waits for its secrets, as a coding agent would.
      command: ["sh", "-c", "echo began >/dev/shm/began; exec sleep infinity"],
    });
    const { id: snapshot } = await core.snapshot(agent.id);
    expect(await core.previewFork(agent.id)).toEqual({ missingSecrets: [] });
    await core.destroy(agent.id);

    const secrets = { KEY: { value: "new" }, MORE: { value: "third" } };
    expect(await core.previewFork("", { snapshot })).toEqual({ missingSecrets: ["KEY", "OTHER"] });
    expect(await core.previewFork("", { snapshot, secrets })).toEqual({ missingSecrets: ["OTHER"] });
    const some = await forkOne("", { snapshot, secrets, envFile });
    expect(some.missingSecrets).toEqual(["OTHER"]);
    const told = "echo $KEY:$OTHER:$MORE:$COLOUR:$SHAPE; ls /dev/shm/began /run/secrets 2>/dev/null; true";
    expect(await login(some, told)).toBe("new::third:red:round\n/run/secrets:\nKEY\nMORE");
    await core.restart(some.id);
    expect(await login(some, told)).toBe("new::third:red:round\n/run/secrets:\nKEY\nMORE");

    const all = await forkOne("", { snapshot, secrets: { ...secrets, OTHER: { value: "2" } } });
    expect(all.missingSecrets).toBeUndefined();
    const whole = "new:2:third:green:\n/dev/shm/began\n\n/run/secrets:\nKEY\nMORE\nOTHER";
    await eventually("its command", async () => (await login(all, told)) === whole);
    expect(JSON.stringify(await inspected(testSocketPath(), all.containerId))).not.toContain("third");
    const twice = rejection(forkOne("", { snapshot, secrets: { COLOUR: { value: "x" } }, envFile }));
    expect(await twice).toMatchObject({ code: "SPEC_INVALID", field: "secrets.COLOUR" });
    const gone = rejection(forkOne("", { snapshot, secrets: { KEY: { file: "/nowhere" } } }));
    expect(await gone).toMatchObject({ code: "SECRET_UNAVAILABLE", field: "secrets.KEY" });
    for (const one of [some, all]) await core.destroy(one.id);
    await core.deleteSnapshot({ snapshot });
  });

  it("has secrets where its source had none", async () => {
    const { core } = product;
    const agent = await create({});
    const fork = await forkOne(agent.id, { secrets: { KEY: { value: "only mine" } } });
    expect(await login(fork, "echo $KEY; grep -c ' /run/secrets tmpfs ' /proc/mounts")).toBe("only mine\n1");
    for (const one of [fork, agent]) await core.destroy(one.id);
    const mounted = await create({ mounts: [{ type: "tmpfs", target: "/run/secrets" }] });
    const refused = rejection(forkOne(mounted.id, { secrets: { KEY: { value: "x" } } }));
    expect(await refused).toMatchObject({ code: "SPEC_INVALID", field: "secrets" });
    await core.destroy(mounted.id);
  });

  it("with a mounted workspace of another user's keeps ids, folder and dependencies apart", async () => {
    const { core, engine } = product;
    await writeFile(join(folder, "package.json"), "{}");
    const shared = `${product.prefix}-shared`;
    const agent = await create({
      workspace: { mode: "bind", source: folder },
      mounts: [{ type: "volume", source: shared, target: "/shared" }],
    });
    await sh(agent.id, "touch /mngr/mine; echo 1 > /app/node_modules/own; mkdir ~/dir");
    await sh(agent.id, "echo both > /shared/file", "root");
    const taken = await core.snapshot(agent.id);
    expect(taken.excluded).toEqual([
      { kind: "bind", path: "/app" },
      { kind: "volume", path: "/app/node_modules" },
      { kind: "volume", path: "/shared" },
    ]);
    const dependencies = async (agentId: string) =>
      (await engine.listVolumes(`${labelKeys.agentId}=${agentId}`)).filter(
        ({ labels }) => labels[roleLabel] === "dependencies",
      );
    const fork = await forkOne(agent.id, { snapshot: taken.id });
    const { labels } = await engine.inspectContainer(fork.containerId);
    expect(labels[labelKeys.userIds]).toBe("4321:4322");
    const look =
      "id -u; touch /mngr/x /app/x ~/dir/x /app/node_modules/x && stat -c %u:%g /mngr/. /mngr/mine /app/x ~/dir /app/node_modules; ls -A /app/node_modules; cat /shared/file";
    const own = "4321:4322\n".repeat(5);
    expect(await login(fork, look)).toBe(`4321\n${own}x\nboth`);
    expect(await readFile(join(folder, "x"), "utf8")).toBe("");
    expect(await dependencies(fork.id)).toHaveLength(1);
    expect(await dependencies(agent.id)).toHaveLength(1);
    expect((await dependencies(fork.id))[0]?.name).not.toContain(agent.id);

    await core.restore(agent.id, { snapshot: taken.id });
    // In place it is the same volume, which no snapshot holds.
    expect(await login(agent, look)).toBe(`4321\n${own}own\nx\nboth`);

    const stop = new AbortController();
    const onProgress = ({ detail }: { detail?: string }) => {
      if (detail?.startsWith("Starting")) stop.abort();
    };
    const before = (await engine.listVolumes(roleLabel)).map(({ name }) => name);
    const request = { snapshot: taken.id };
    await rejection(core.fork(agent.id, request, { signal: stop.signal, onProgress }));
    const after = (await engine.listVolumes(`${roleLabel}=dependencies`)).filter(
      ({ name, labels }) => !before.includes(name) && labels["agent-containers.folder"]?.startsWith(folder),
    );
    expect(after).toEqual([]);

    await core.destroy(fork.id);
    expect(await dependencies(fork.id)).toEqual([]);
    await core.destroy(agent.id);
    await core.deleteSnapshot({ snapshot: taken.id });
    await engine.removeVolume(shared);
  });

  it("from a Dockerfile has what was built", async () => {
    const { core, engine } = product;
    const context = join(product.home, "built");
    await mkdir(context);
    const dockerfile = join(context, "Dockerfile");
    await writeFile(
      dockerfile,
      `FROM ${baseImage}\nENV SALT=${product.prefix}\nRUN echo built > /built\nUSER 1234\nENTRYPOINT ["false"]\n`,
    );
    const agent = await create({ dockerfile });
    await sh(agent.id, "echo mine > /app/mine");
    const taken = await core.snapshot(agent.id);
    await sh(agent.id, "rm /app/mine");
    const fork = await forkOne(agent.id, { snapshot: taken.id });
    await core.restore(agent.id, { snapshot: taken.id });
    for (const one of [fork, agent]) {
      expect(await login(one, "cat /built /app/mine; echo $SALT; id -un")).toBe(
        `built\nmine\n${product.prefix}\nagent`,
      );
      expect((await core.get(one.id)).image).toBe(agent.image);
      await core.destroy(one.id);
    }
    await core.deleteSnapshot({ snapshot: taken.id });
    const mine = (await engine.listImages(builtFromLabel)).filter(({ labels }) =>
      labels[builtFromLabel]?.startsWith(product.home),
    );
    const prepared = mine.filter(({ labels }) => labels[roleLabel] === "prepared");
    expect(mine.flatMap(({ tags }) => tags).filter(isForkBaseReference)).toEqual([]);
    for (const { tags, id } of [...prepared, ...mine.filter((image) => !prepared.includes(image))]) {
      for (const name of tags.length > 0 ? tags : [id]) await engine.removeImage(name);
    }
  });

  it("with limits and start arguments is made as its source is, but for ids, ports and names", async () => {
    const { core } = product;
    const agent = await create({
      cpus: 0.5,
      memory: "300m",
      env: { COLOUR: "red" },
      labels: { "org.example.team": "blue" },
      tags: { tag: "one" },
      restart: "on-failure",
      ports: [{ port: 7000 }, { port: 7001, protocol: "udp" }],
      mounts: [{ type: "tmpfs", target: "/scratch" }],
      startArgs: [
        ..."--shm-size 80m --ulimit nofile=1000:2000 --cap-add SYS_PTRACE --cap-drop MKNOD".split(" "),
        ..."--add-host there:10.1.2.3 --dns 10.9.8.7 --sysctl net.core.somaxconn=200 --pids-limit 300".split(
          " ",
        ),
        ..."--memory-swap 600m --memory-swappiness 0 --oom-score-adj 5 --stop-timeout 7 --init".split(" "),
        ..."--restart on-failure:3 --ipc private --tmpfs /fast:size=1m -e MORE=x -l org.example.more=y".split(
          " ",
        ),
        ..."--health-cmd true --health-interval 1h --domainname example.org --network-alias nick".split(" "),
        ..."--log-opt max-size=1m --group-add 20 -w /app".split(" "),
      ],
    });
    const taken = await core.snapshot(agent.id);
    const fork = await forkOne(agent.id, { snapshot: taken.id });
    const of = async ({ id, name, containerId }: Agent) => {
      const all = await inspected(testSocketPath(), containerId);
      const { labels, ...facts } = await product.engine.inspectContainer(containerId);
      const text = JSON.stringify(all)
        .replaceAll(id, "AGENT")
        .replaceAll(name, "AGENTNAME")
        .replaceAll(name.slice(0, 54), "STEM");
      const { HostConfig, Config, Networks } = JSON.parse(text) as Record<string, Record<string, unknown>>;
      return { HostConfig, Config, Networks, labels, facts };
    };
    const restored = async () => {
      await core.restore(agent.id, { snapshot: taken.id });
      return of(await core.get(agent.id));
    };
    const [source, copy] = [await of(agent), await of(fork)];
    const portsOf = (bindings: unknown, labels: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(bindings as Record<string, { HostIp: string; HostPort: string }[]>).map(
          ([key, all]) => [
            key.replace(labels[labelKeys.appPort] ?? "none", "APP"),
            all.map(({ HostIp, HostPort }) => [
              HostIp,
              HostPort.replace(/^\d+$/, (port) =>
                port === labels[labelKeys.sshPort]
                  ? "SSH"
                  : port === labels[labelKeys.appPort]
                    ? "APP"
                    : port,
              ),
            ]),
          ],
        ),
      );
    const oldApp = source.labels[labelKeys.appPort];
    const comparable = ({ HostConfig, Config, labels }: Awaited<ReturnType<typeof of>>) => {
      const { PortBindings, ...host } = HostConfig ?? {};
      const { Env, Labels, ExposedPorts, Image, ...config } = Config ?? {};
      expect(Image).toBeTypeOf("string");
      const app = labels[labelKeys.appPort] ?? "none";
      return {
        host,
        ports: portsOf(PortBindings, labels),
        config,
        env: (Env as string[]).filter((one) => !one.startsWith("PORT=")).sort(),
        // An image's ports cannot be taken back: the fork exposes that of its source too, and publishes it not.
        exposed: Object.keys(ExposedPorts as object)
          .map((key) => key.replace(app, "APP"))
          .filter((key) => key !== `${oldApp}/tcp`)
          .sort(),
        labels: Object.fromEntries(
          Object.entries(Labels as object).filter(([key]) => key.startsWith("org.")),
        ),
        tags: labels[labelKeys.tags],
      };
    };
    expect(comparable(copy)).toEqual(comparable(source));
    expect(await login(fork, "echo $COLOUR $MORE $PORT")).toBe(`red x ${copy.labels[labelKeys.appPort]}`);
    const back = await restored();
    // Its state volume is another one, and no command is said in another way.
    const text = JSON.stringify(comparable(back)).replace(/(agent-containers-AGENT)-[0-9a-f]{8}/g, "$1");
    expect(JSON.parse(text.replace('"Cmd":null', '"Cmd":[]'))).toEqual(comparable(source));
    expect(back.labels[labelKeys.sshPort]).toBe(source.labels[labelKeys.sshPort]);
    await core.destroy(fork.id);
    await core.destroy(agent.id);
    await core.deleteSnapshot({ snapshot: taken.id });
  });

  it("with tailscale leaves the login of the node to its source", async () => {
    const { core, engine } = product;
    const image = `${uniqueName("ac-test-tailscale")}:1`;
    const node = randomBytes(12).toString("hex");
    const daemon =
      "#!/bin/sh\nfor a; do case $a in --statedir=*) d=${a#--statedir=}; [ -e $d/node ] || echo NODE >$d/node;; --socket=*) : >${a#--socket=};; esac; done\nexec sleep 1000000\n";
    const container = uniqueName("ac-test-build");
    const text = Buffer.from(daemon).toString("base64");
    const script = `echo ${text} | base64 -d >/usr/sbin/tailscaled; echo '#!/bin/sh' >/usr/bin/tailscale; chmod 755 /usr/sbin/tailscaled /usr/bin/tailscale`;
    await docker("run", "--name", container, baseImage, "sh", "-c", script);
    await docker("commit", container, image);
    await docker("rm", container);
    const agent = await create({ image, tailscale: true });
    const state = "/mngr-state/tailscale/state/node";
    await eventually("the node", async () =>
      (await sh(agent.id, `cat ${state} 2>/dev/null || :`, "root")).startsWith("NODE"),
    );
    await sh(agent.id, `echo ${node} > ${state}`, "root");
    await sh(agent.id, "echo kept > /mngr/kept");
    const taken = await core.snapshot(agent.id);
    const volume = await volumeOf(taken.image);
    const found = await docker(
      ..."run --rm --entrypoint sh -v".split(" "),
      `${volume}:/beside`,
      taken.image,
      "-c",
      `grep -rlF ${node} / --exclude-dir=proc --exclude-dir=sys -s || echo none`,
    );
    expect(found).toBe("none\n");
    const fork = await forkOne(agent.id, { snapshot: taken.id });
    await eventually("a node of its own", async () =>
      (await sh(fork.id, `cat ${state} 2>/dev/null || :`, "root")).startsWith("NODE"),
    );
    // In place it is the same node still.
    await core.restore(agent.id, { snapshot: taken.id });
    expect(await sh(agent.id, `cat ${state}`, "root")).toBe(node);
    for (const { id } of [fork, agent]) await core.destroy(id);
    await core.deleteSnapshot({ snapshot: taken.id });
    const { id } = await engine.inspectImage(image);
    await engine.removeImage(preparedReference({ baseId: id, packages: [], user: "agent" }).reference);
    await engine.removeImage(image);
  });
});
