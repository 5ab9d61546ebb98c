import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keptFolder, snapshotOfLabel } from "../../src/agents/snapshot/keptFiles.js";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys } from "../../src/model/labels.js";
import { isForkBaseReference, parseSnapshotRecord, snapshotLabel } from "../../src/model/snapshot.js";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { rejection } from "../support/collect.js";
import { testEndpoint } from "../support/testEngine.js";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const docker = (...args: string[]) => run("docker", ["-H", renderEndpoint(testEndpoint()), ...args]);

let product: Product;
let agent: Agent;

beforeAll(async () => {
  product = await startProduct();
  agent = await product.core.create({ name: product.name() });
  await sh(agent.id, "echo kept > /mngr/notes; sudo install -d -o agent /app; echo one > /app/file");
});
afterAll(() => product.dispose());

const sh = async (target: string, script: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await product.core.exec(target, { command: ["sh", "-c", script] });
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
};
const snapshotsOf = async (agentId: string) => product.core.listSnapshots({ agentId });

describe("a snapshot is taken", () => {
  it.each(["running", "paused", "stopped"] as const)("of a %s agent, which stays so", async (state) => {
    const { core } = product;
    if (state === "paused") await core.pause(agent.id);
    if (state === "stopped") await core.stop(agent.id);
    const { id } = await core.snapshot(agent.id, { name: state });
    expect((await core.get(agent.id)).state).toBe(state);
    if (state === "paused") await core.resume(agent.id);
    if (state === "stopped") await core.start(agent.id);
    const [fork] = await core.fork(agent.id, { snapshot: id });
    expect(await sh(fork?.id ?? "", "cat /app/file /mngr/notes")).toBe("one\nkept");
    await core.destroy(fork?.id ?? "");
    expect((await snapshotsOf(agent.id))[0]).toMatchObject({ id, name: state });
    await core.deleteSnapshot({ snapshot: id });
    expect(await snapshotsOf(agent.id)).toEqual([]);
  });

  it("without a freeze, where that is asked for", async () => {
    const { core, engine } = product;
    const over = new AbortController();
    const actions: string[] = [];
    const events = engine.events(`${labelKeys.agentId}=${agent.id}`, over.signal);
    const first = events[Symbol.asyncIterator]();
    await first.next();
    const watching = (async () => {
      for (let next = await first.next(); !next.done; next = await first.next()) {
        if (next.value.type === "container") actions.push(next.value.action);
        if (next.value.type === "container" && next.value.action === "rename") return;
      }
    })();
    const warm = await core.snapshot(agent.id, { name: "warm", pause: false });
    const cold = await core.snapshot(agent.id, { name: "cold" });
    // An event that says the others have come.
    const { name } = await core.get(agent.id);
    await core.rename(agent.id, { name: `${name}x` });
    await watching;
    over.abort();
    await core.rename(agent.id, { name });
    const commits = actions.filter((action) => ["commit", "pause", "unpause"].includes(action));
    expect(commits[0]).toBe("commit");
    expect(commits.slice(1).sort()).toEqual(["commit", "pause", "unpause"]);
    for (const { id } of [warm, cold]) await core.deleteSnapshot({ snapshot: id });
  });

  it("with the names of what it does not hold, or refused where the spec forbids that", async () => {
    const { core } = product;
    const source = join(product.home, "shared");
    await mkdir(source);
    const volume = `${product.prefix}-volume`;
    const startArgs = ["-v", `${source}:/shared`, "-v", `${volume}:/data`, "--tmpfs", "/scratch"];
    const lossy = await core.create({ name: product.name(), startArgs });
    const excluded = [
      { kind: "volume", path: "/data" },
      { kind: "tmpfs", path: "/scratch" },
      { kind: "bind", path: "/shared" },
    ];
    const preview = await core.previewSnapshot(lossy.id);
    expect(preview.excluded).toEqual(excluded);
    expect(preview.freezeMs).toBeGreaterThan(0);
    const snapshot = await core.snapshot(lossy.id);
    expect(snapshot.excluded).toEqual(excluded);
    await core.destroy(lossy.id);

    const strict = await core.create({ name: product.name(), startArgs, snapshots: "lossless" });
    const before = await snapshotsOf(strict.id);
    const error = await rejection(core.snapshot(strict.id));
    expect(error).toMatchObject({ code: "SNAPSHOT_LOSSY" });
    expect(String(error)).toContain("/shared (bind)");
    expect(await snapshotsOf(strict.id)).toEqual(before);
    await core.destroy(strict.id);
    await product.engine.removeVolume(volume);
  });

  it("with no key in it, neither in the image nor beside it", async () => {
    const { core, engine } = product;
    const snapshot = await core.snapshot(agent.id);
    const [image] = (await engine.listImages(snapshotLabel)).filter(({ tags }) =>
      tags.includes(snapshot.image),
    );
    const record = parseSnapshotRecord(image?.labels[snapshotLabel]);
    const mounts = ["-v", `${record?.volume}:/beside`];
    // Text only: programs that read keys hold the words too.
    const keys =
      "grep -rlIE 'BEGIN OPENSSH PRIVATE KEY|ssh-ed25519 AAAA' / --exclude-dir=proc --exclude-dir=sys -s || true";
    const search = `cat /app/file; ls -A /mngr-state /beside /beside/volumes/*; ${keys}`;
    const { stdout } = await docker(
      "run",
      "--rm",
      ...mounts,
      "--entrypoint",
      "sh",
      snapshot.image,
      "-c",
      search,
    );
    expect(stdout).toBe(`one\n/beside:\nvolumes\n\n/beside/volumes/${agent.id}:\nnotes\n\n/mngr-state:\n`);
    await core.deleteSnapshot({ snapshot: snapshot.id });
    expect(await engine.findVolume(record?.volume ?? "")).toBeUndefined();
  });

  it("with a volume beside it only where something was ever put into /mngr", async () => {
    const { core, engine } = product;
    const fresh = await core.create({ name: product.name() });
    const take = async () => {
      const { id, image } = await core.snapshot(fresh.id);
      const { labels } = await engine.inspectImage(image);
      return { id, volume: parseSnapshotRecord(labels[snapshotLabel])?.volume };
    };
    const first = await take();
    expect(first.volume).toBeNull();
    await sh(fresh.id, "mkdir /mngr/a; echo deep > /mngr/a/file");
    const second = await take();
    expect(second.volume).toEqual(expect.any(String));
    // What went away again may come back: only a folder that nobody ever touched is known to be empty.
    await sh(fresh.id, "rm -r /mngr/a");
    expect((await take()).volume).toEqual(expect.any(String));
    await core.restore(fresh.id, { snapshot: first.id });
    expect(await sh(fresh.id, "ls -A /mngr; stat -c %U /mngr/")).toBe("agent");
    expect((await take()).volume).toBeNull();
    await core.restore(fresh.id, { snapshot: second.id });
    expect(await sh(fresh.id, "cat /mngr/a/file")).toBe("deep");
    expect((await take()).volume).toEqual(expect.any(String));
    await core.destroy(fresh.id, { force: true, snapshots: "delete" });
  });

  it("with an estimate of the stand-still that heeds what is in /mngr", async () => {
    const { core } = product;
    const before = (await core.previewSnapshot(agent.id)).freezeMs;
    await sh(agent.id, "head -c 60000000 /dev/zero > /mngr/large; sudo chmod 0 /mngr/large");
    expect((await core.previewSnapshot(agent.id)).freezeMs).toBeGreaterThan(before + 300);
    await sh(agent.id, "rm -f /mngr/large");
    await core.pause(agent.id);
    expect((await core.previewSnapshot(agent.id)).freezeMs).toBe(0);
    await core.resume(agent.id);
  });

  it("or cancelled, and leaves nothing and the agent running", async () => {
    const { core, engine } = product;
    for (const stage of ["Looking at what there is", "Saving"]) {
      const stop = new AbortController();
      const onProgress = (progress: { stage: string }) => {
        if (progress.stage === stage) stop.abort();
      };
      const error = await rejection(core.snapshot(agent.id, {}, { signal: stop.signal, onProgress }));
      expect(error).toMatchObject({ code: "CANCELLED" });
      expect(await snapshotsOf(agent.id)).toEqual([]);
      expect((await core.get(agent.id)).state).toBe("running");
      const images = await engine.listImages(snapshotLabel);
      const left = images.flatMap(({ tags, labels }) => {
        const record = parseSnapshotRecord(labels[snapshotLabel]);
        return record?.agentId === agent.id ? [[record.name, tags]] : [];
      });
      expect(left).toEqual([]);
      expect((await engine.listVolumes(`${snapshotOfLabel}=${agent.id}`)).map(({ name }) => name)).toEqual(
        [],
      );
    }
  });
});

describe("forks", () => {
  it("carry nothing of their source but its id as their parent's", async () => {
    const { core, engine } = product;
    const forks = await core.fork(agent.id, { count: 5 });
    const source = await engine.inspectContainer(agent.containerId);
    const own = [
      labelKeys.agentId,
      labelKeys.agentName,
      labelKeys.alias,
      labelKeys.sshPort,
      labelKeys.hostKey,
      labelKeys.appPort,
      labelKeys.createdAt,
    ];
    const hostKeys = new Set([source.labels[labelKeys.hostKey]]);
    for (const fork of forks) {
      const { stdout } = await product.ssh(
        fork.ssh?.alias ?? "",
        "hostname; cat /app/file /mngr/notes; sudo cat /mngr-state/agent-id; readlink /mngr",
      );
      expect(stdout).toBe(`${fork.name}\none\nkept\n${fork.id}\n${keptFolder(fork.id)}\n`);
      const { labels } = await engine.inspectContainer(fork.containerId);
      for (const key of own) expect(labels[key], key).not.toBe(source.labels[key]);
      hostKeys.add(labels[labelKeys.hostKey]);
      const rest = Object.entries(labels).filter(([key]) => key !== labelKeys.parentId);
      expect(JSON.stringify(rest)).not.toContain(agent.id);
      expect(labels[labelKeys.parentId]).toBe(agent.id);
      // Neither in the layers nor on the volume: no key of the source's.
      const sourceKey = source.labels[labelKeys.hostKey]?.split(" ")[1] ?? "none";
      const found = await sh(
        fork.id,
        `sudo grep -rlF '${sourceKey}' /mngr-state /etc /home /root /usr/local || true`,
      );
      expect(found).toBe("");
      expect(
        await sh(fork.id, `sudo grep -rlF '${agent.id}' /mngr-state /etc/hostname /etc/hosts || true`),
      ).toBe("");
    }
    expect(hostKeys.size).toBe(6);
    // The image they stand on goes with the last of them.
    const bases = async () =>
      (await engine.listImages(snapshotLabel)).filter(
        ({ labels, tags }) =>
          parseSnapshotRecord(labels[snapshotLabel])?.agentId === agent.id && tags.some(isForkBaseReference),
      );
    expect(await bases()).toHaveLength(1);
    for (const fork of forks) await core.destroy(fork.id);
    expect(await bases()).toEqual([]);
  });

  it("are made of a snapshot whose agent is gone, and outlive the snapshot", async () => {
    const { core } = product;
    const gone = await core.create({ name: product.name(), env: { COLOUR: "red" } });
    await sh(gone.id, "echo still > /mngr/here; echo there > /home/agent/file");
    const { id } = await core.snapshot(gone.id, { name: "legacy" });
    await core.destroy(gone.id);
    expect(await snapshotsOf(gone.id)).toHaveLength(1);
    const [fork] = await core.fork(gone.id, { snapshot: "legacy", names: [product.name()] });
    await core.deleteSnapshot({ snapshot: id });
    expect(await snapshotsOf(gone.id)).toEqual([]);
    const forkId = fork?.id ?? "";
    expect((await core.restart(forkId)).state).toBe("running");
    expect(await sh(forkId, "cat /mngr/here /home/agent/file; echo $COLOUR")).toBe("still\nthere\nred");
    // Again, of the fork: its image has only the name that keeps it.
    const second = await core.snapshot(forkId);
    const [grandchild] = await core.fork(forkId, { snapshot: second.id });
    expect(await sh(grandchild?.id ?? "", "cat /mngr/here /home/agent/file")).toBe("still\nthere");
    for (const one of [grandchild, fork]) await core.destroy(one?.id ?? "");
    await core.deleteSnapshot({ snapshot: second.id });
  });

  it("are all there or none, with a name that is taken named", async () => {
    const { core, engine } = product;
    const error = await rejection(core.fork(agent.id, { names: [product.name(), agent.name] }));
    expect(error).toMatchObject({ code: "NAME_CONFLICT" });
    const stop = new AbortController();
    const onProgress = ({ detail }: { detail?: string }) => {
      if (detail?.includes("Waiting for the first login")) stop.abort();
    };
    const cancelled = await rejection(core.fork(agent.id, { count: 3 }, { signal: stop.signal, onProgress }));
    expect(cancelled).toMatchObject({ code: "CANCELLED" });
    const things = await engineThings(engine, product.prefix);
    expect(things.containers).toEqual([agent.name]);
    expect((await core.list()).filter(({ parentId }) => parentId === agent.id)).toEqual([]);
  });
});

describe("a restore", () => {
  it("that fails puts the agent back as it was", async () => {
    const { core, engine } = product;
    const snapshot = await core.snapshot(agent.id, { name: "good" });
    await sh(agent.id, "echo mine > /app/file");
    const stop = new AbortController();
    const onProgress = (progress: { stage: string }) => {
      if (progress.stage === "Waiting for the first login") stop.abort();
    };
    const error = await rejection(
      core.restore(agent.id, { snapshot: snapshot.id }, { signal: stop.signal, onProgress }),
    );
    expect(error).toMatchObject({ code: "CANCELLED" });
    const now = await core.start(agent.id);
    expect(now).toMatchObject({ name: agent.name, containerId: agent.containerId, state: "running" });
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "cat /app/file /mngr/notes");
    expect(stdout).toBe("mine\nkept\n");
    const things = await engineThings(engine, product.prefix);
    expect(things.containers).toEqual([agent.name]);
    expect(await engine.listVolumes(`${labelKeys.agentId}=${agent.id}`)).toHaveLength(1);
    await core.deleteSnapshot({ snapshot: snapshot.id });
  });

  it("of another agent's snapshot is refused, and one that is not there is named", async () => {
    const { core } = product;
    const other = await core.create({ name: product.name() });
    const { id } = await core.snapshot(other.id);
    for (const snapshot of [id, "nothing"]) {
      const error = await rejection(core.restore(agent.id, { snapshot }));
      expect(error).toMatchObject({ code: "SNAPSHOT_NOT_FOUND" });
    }
    await core.destroy(other.id);
    await core.deleteSnapshot({ snapshot: id });
  });

  it("can save what is there now first", async () => {
    const { core } = product;
    const { id } = await core.snapshot(agent.id, { name: "start" });
    await sh(agent.id, "echo new > /app/file");
    await core.restore(agent.id, { snapshot: id, snapshotFirst: true });
    const [saved] = await snapshotsOf(agent.id);
    expect(saved?.name).toBe("before the restore of start");
    await core.restore(agent.id, { snapshot: saved?.id ?? "" });
    expect(await sh(agent.id, "cat /app/file")).toBe("new");
  });
});

it("is no agent where somebody runs its image by hand", async () => {
  const { core } = product;
  const snapshot = await core.snapshot(agent.id);
  const { stdout } = await docker("run", "-d", snapshot.image, "sleep", "infinity");
  try {
    expect((await core.list()).filter(({ id }) => id === agent.id)).toHaveLength(1);
    expect((await core.get(agent.id)).containerId).not.toBe(stdout.trim());
  } finally {
    await docker("rm", "-f", stdout.trim());
    await core.deleteSnapshot({ snapshot: snapshot.id });
  }
});

it("writes what a user gave in no log and no shell", async () => {
  const evil = "$(touch /tmp/pwned) `id` \"q\" 'q' \\ \n# ${HOME}";
  await writeFile(join(product.home, "marker"), "");
  const snapshot = await product.core.snapshot(agent.id, { name: evil.trim(), note: evil });
  expect(snapshot).toMatchObject({ name: evil.trim(), note: evil });
  await product.core.deleteSnapshot({ snapshot: snapshot.id });
});
