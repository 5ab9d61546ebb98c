import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import type { ComparedFile } from "../../src/model/comparison.js";
import type { Snapshot } from "../../src/model/snapshot.js";
import { carrierRole, snapshotOfLabel } from "../../src/agents/snapshot/keptFiles.js";
import { roleLabel } from "../../src/model/labels.js";
import { nastyNames } from "../support/nastyNames.js";
import { startProduct, type Product } from "../support/product.js";

let product: Product;
let agent: Agent;
let first: Snapshot;

beforeAll(async () => {
  product = await startProduct();
  agent = await product.core.create({
    name: product.name(),
    startArgs: ["-v", "/app/cache", "--tmpfs=/app/scratch:mode=1777"],
  });
  await sh(`
    cd /app && sudo chown agent cache && mkdir -p names deep/er && echo kept > /mngr/notes
    for name in same changed gone run both; do echo $name > $name; done
    echo 1 > deep/er/file; ln same hard; ln -s same link; ln -s same stays; echo x > becomes; mkfifo pipe
    printf 'a\\0b' > binary; mkdir .git; echo ref > .git/HEAD; echo c > cache/file; echo s > scratch/file
    sudo sh -c 'echo secret > closed; chmod 600 closed'`);
  first = await product.core.snapshot(agent.id, { name: "first" });
}, 120_000);
afterAll(() => product.dispose());

const sh = async (script: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await product.core.exec(agent.id, {
    command: ["bash", "-ec", script],
  });
  expect(exitCode, stderr).toBe(0);
  return stdout;
};
const brief = (files: readonly ComparedFile[]) => files.map(({ path, status }) => `${status} ${path}`);
/** What shows snapshots of this agent, whoever made it. */
const carriers = async () =>
  (await product.engine.listContainers(`${roleLabel}=${carrierRole}`)).filter(
    ({ labels }) => labels[snapshotOfLabel] === agent.id,
  );
const compare = (request: object = {}) => product.core.compareSnapshot({ snapshot: first.id, ...request });
const read = async ({ path, ...of }: { path: string; snapshot?: string; agent?: string }) => {
  const [found] = await product.core.readCompared({ ...of, paths: [path] });
  if (!found || "problem" in found) throw found?.problem ?? new Error("no answer");
  return found.content.toString();
};

describe("a snapshot and its agent", () => {
  it("are the same where nothing was done, and mounts are named and left out", async () => {
    const comparison = await compare();
    expect(comparison).toMatchObject({
      agentId: agent.id,
      agentName: agent.name,
      snapshot: { id: first.id, name: "first" },
      folders: ["/app", "/mngr"],
      files: [],
    });
    expect(comparison).not.toHaveProperty("with");
    expect(comparison.skipped).toEqual([
      { kind: "volume", path: "/app/cache" },
      { kind: "tmpfs", path: "/app/scratch" },
    ]);
    expect(comparison.compared).toBe(14);
    expect(await carriers()).toEqual([]);
  });

  const changes = [
    "modified /app/binary",
    "type /app/becomes",
    "modified /app/both",
    "modified /app/changed",
    "modified /app/closed",
    "deleted /app/deep/er/file",
    "deleted /app/gone",
    "modified /app/link",
    "added /app/new",
    "mode /app/run",
    "added /mngr/later",
    "modified /mngr/notes",
  ].sort((a, b) => ((a.split(" ")[1] ?? "") < (b.split(" ")[1] ?? "") ? -1 : 1));

  it("differ by what was changed, added, removed, made runnable or led elsewhere, root's files too", async () => {
    await sh(`
      cd /app && echo changed more > changed; rm -r gone deep; chmod 755 run; echo both more > both; chmod 600 both
      ln -sfn gone link; rm becomes; ln -s same becomes; echo new > new; printf 'a\\0c' > binary; touch same stays
      echo more >> .git/HEAD; echo more >> cache/file; echo more >> scratch/file; chmod 700 names
      echo more >> /mngr/notes; echo later > /mngr/later; sudo sh -c 'echo other > closed'`);
    const comparison = await compare();
    expect(brief(comparison.files)).toEqual(changes);
    const of = (path: string) => comparison.files.find((file) => file.path === path);
    expect(of("/app/run")).toMatchObject({ before: { mode: 0o644 }, after: { mode: 0o755 } });
    expect(of("/app/link")).toMatchObject({ before: { linkTarget: "same" }, after: { linkTarget: "gone" } });
    expect(of("/app/binary")).toMatchObject({ before: { binary: true }, after: { binary: true } });
    // Its twin, by a hard link, is as it was.
    expect(of("/app/hard")).toBeUndefined();
  });

  it("are read file by file, on both sides, and nothing stays behind", async () => {
    const both = async (path: string) => [
      await read({ snapshot: first.id, path }),
      await read({ agent: agent.id, path }),
    ];
    expect(await both("/app/changed")).toEqual(["changed\n", "changed more\n"]);
    expect(await both("/app/closed")).toEqual(["secret\n", "other\n"]);
    expect(await both("/mngr/notes")).toEqual(["kept\n", "kept\nmore\n"]);
    await expect(read({ snapshot: first.id, path: "/app/new" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(read({ snapshot: "none", path: "/app/new" })).rejects.toMatchObject({
      code: "SNAPSHOT_NOT_FOUND",
    });
    const many = [...Array(150).keys()].map((at) => (at === 7 ? "/app/binary" : "/app/same"));
    const all = await product.core.readCompared({ snapshot: first.id, paths: [...many, "/mngr/notes"] });
    expect(all.map((one) => ("content" in one ? one.content.toString() : one.problem.code))).toEqual([
      ...many.map((path) => (path === "/app/binary" ? "a\0b" : "same\n")),
      "kept\n",
    ]);
    await expect(read({ path: "/app/new" })).rejects.toMatchObject({ code: "SPEC_INVALID" });
    // One container for all who read in one go.
    const found = await Promise.all(
      [...Array(20).keys()].map(() => read({ snapshot: first.id, path: "/app/same" })),
    );
    expect(new Set(found)).toEqual(new Set(["same\n"]));
    expect((await carriers()).length).toBe(1);
    await expect.poll(carriers, { timeout: 15_000 }).toEqual([]);
  });

  it("differ in the same files while the agent is paused, and stopped, but for memory", async () => {
    const { core } = product;
    await core.pause(agent.id);
    expect(brief((await compare()).files)).toEqual(changes);
    await core.resume(agent.id);
    await core.stop(agent.id, { graceSeconds: 1 });
    expect(brief((await compare()).files)).toEqual(changes);
    expect(await read({ agent: agent.id, path: "/mngr/later" })).toBe("later\n");
    await core.start(agent.id);
  }, 60_000);

  it("are told apart under every name", async () => {
    for (const [lane, names] of [nastyNames.slice(0, 150), nastyNames.slice(150)].entries()) {
      await Promise.all(
        names.map((name) =>
          product.core.writeFile(agent.id, {
            path: `/app/names/${lane}/${name}`,
            content: "x",
            parents: true,
          }),
        ),
      );
    }
    const { files } = await compare();
    const added = files.filter(({ path }) => path.startsWith("/app/names/"));
    expect(added.map(({ path, status }) => [status, path.replace(/^\/app\/names\/\d\//, "")]).sort()).toEqual(
      nastyNames.map((name) => ["added", name]).sort(),
    );
    // All of them in one go, and each with what is its own.
    const paths = [...added.map(({ path }) => path), "/app/changed", "/app/hard", "/app/none", "/mngr/notes"];
    const states = {
      running: () => Promise.resolve(),
      stopped: () => product.core.stop(agent.id, { graceSeconds: 1 }),
    };
    for (const [state, reach] of Object.entries(states)) {
      await reach();
      const read = await product.core.readCompared({ agent: agent.id, paths });
      expect(read.map(({ path }) => path)).toEqual(paths);
      const texts = read.map((one) => ("content" in one ? one.content.toString() : one.problem.code));
      expect(texts, state).toEqual([
        ...added.map(() => "x"),
        "changed more\n",
        "same\n",
        "NOT_FOUND",
        "kept\nmore\n",
      ]);
    }
    await product.core.start(agent.id);
    await sh("rm -r /app/names/0 /app/names/1");
  }, 120_000);

  it("leave no container when it is cancelled", async () => {
    await sh("cd /app && head -c 200000000 /dev/zero > large");
    const stop = new AbortController();
    const stages: string[] = [];
    const cancelled = product.core.compareSnapshot(
      { snapshot: first.id },
      {
        signal: stop.signal,
        onProgress: ({ stage, detail }) => {
          stages.push(stage);
          if (detail) stop.abort();
        },
      },
    );
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(stages).toContain("Comparing");
    expect(await carriers()).toEqual([]);
    await sh("rm /app/large");
  }, 60_000);
});

describe("two snapshots", () => {
  it("differ by what was done between them, and need no agent", async () => {
    const { core } = product;
    const second = await core.snapshot(agent.id, { name: "second" });
    const comparison = await compare({ with: "second" });
    expect(comparison).toMatchObject({
      snapshot: { name: "first" },
      with: { id: second.id, name: "second" },
    });
    expect(brief(comparison.files)).toContain("added /mngr/later");
    expect(brief((await core.compareSnapshot({ snapshot: "second", with: "first" })).files)).toContain(
      "deleted /mngr/later",
    );
    expect((await compare({ with: first.id })).files).toEqual([]);
    await expect(compare({ with: "none" })).rejects.toMatchObject({ code: "SNAPSHOT_NOT_FOUND" });
    await core.destroy(agent.id, { force: true });
    expect((await compare({ with: second.id })).files).toEqual(comparison.files);
    await expect(compare()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await carriers()).toEqual([]);
  }, 60_000);

  it("can be deleted while they are read", async () => {
    const { core } = product;
    expect(await read({ snapshot: first.id, path: "/mngr/notes" })).toBe("kept\n");
    expect((await carriers()).length).toBe(1);
    await core.deleteSnapshot({ snapshot: first.id });
    expect(await carriers()).toEqual([]);
    await core.deleteSnapshot({ snapshot: "second" });
    expect(await core.listSnapshots({ agentId: agent.id })).toEqual([]);
    expect(await product.engine.listVolumes(`${snapshotOfLabel}=${agent.id}`)).toEqual([]);
  });
});
