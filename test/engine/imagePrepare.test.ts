import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureImage } from "../../src/image/ensureImage.js";
import { ensurePreparedImage } from "../../src/image/prepareImage.js";
import { preparedReference } from "../../src/image/preparedImage.js";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import type { Engine, ImageFacts } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { deriveImage } from "../support/deriveImage.js";
import { connectTestEngine, makeAgent, prepareBase } from "../support/preparedAgent.js";
import { baseImage, uniqueName } from "../support/testEngine.js";

const engine = connectTestEngine();
const images: string[] = [];
let prepared: PreparedImage;

beforeAll(async () => {
  prepared = await prepareBase(engine);
});
afterAll(async () => {
  for (const image of images.reverse()) await engine.removeImage(image);
  engine.dispose();
});

const quiet = { onProgress: () => undefined, log: nullLogger };

/** A user that no other test has; the image for it is removed at the end. */
function freshKey(base: ImageFacts, user = uniqueName("u").slice(0, 14), packages: string[] = []) {
  const { reference, hash } = preparedReference({ baseId: base.id, packages, user });
  images.push(reference);
  return { reference, hash, user, packages };
}

/** The same engine, with the names of the calls that it gets. */
function watched(): { engine: Engine; calls: string[] } {
  const calls: string[] = [];
  const get = (target: Engine, name: string | symbol, receiver: unknown): unknown => {
    calls.push(String(name));
    return Reflect.get(target, name, receiver);
  };
  return { engine: new Proxy(engine, { get }), calls };
}

/** What is left of one prepare, container or image. */
async function left(hash: string): Promise<string[]> {
  const label = `agent-containers.prepared.key=${hash}`;
  const containers = await engine.listContainers(label);
  const found = await engine.listImages(label);
  return [...containers.map(({ name }) => name), ...found.map(({ id }) => id)];
}

/** An image made from another by a command; removed at the end. */
async function derive(from: string, script: string): Promise<ImageFacts> {
  const image = await deriveImage(engine, from, script);
  images.push(image.tags[0] ?? image.id);
  return image;
}

describe("the prepared image of the base", () => {
  it("is there after one request, and nothing is made", async () => {
    const { engine: seen, calls } = watched();
    const base = await engine.inspectImage(baseImage);
    const again = await ensurePreparedImage(seen, base, { packages: [], user: "agent", ...quiet });
    expect(again).toEqual({ ...prepared, built: false });
    expect(calls).toEqual(["inspectImage"]);
    expect(again).toMatchObject({ user: "agent", uid: 1000, gid: 1000, home: "/home/agent" });
  });

  it("has the tools and no host key, package list or password in it", async () => {
    const agent = await makeAgent(engine, prepared, { files: false });
    try {
      await engine.startContainer(agent.id);
      const tools = "sshd tmux curl rsync git jq ps sudo bash tar";
      expect(
        await agent.exec("sh", "-c", `for t in ${tools}; do command -v $t >/dev/null || echo $t; done`),
      ).toEqual({
        code: 0,
        stdout: "",
        stderr: "",
      });
      const found = await agent.exec(
        "sh",
        "-c",
        "ls /etc/ssh/ssh_host_* /var/lib/apt/lists/* /var/cache/apt/*.bin",
      );
      expect(found.stdout).toBe("");
      expect((await agent.exec("getent", "shadow", "agent")).stdout).toMatch(/^agent:\*:/);
    } finally {
      await agent.dispose();
    }
  });
});

describe("preparing", () => {
  it("installs nothing where everything is there, and is done once for four at the same time", async () => {
    const base = await engine.inspectImage(prepared.id);
    const { reference, user } = freshKey(base);
    const { engine: seen, calls } = watched();
    const lines: string[] = [];
    const made = await Promise.all(
      [1, 2, 3, 4].map(() =>
        ensurePreparedImage(seen, base, {
          packages: ["git"],
          user,
          ...quiet,
          onProgress: (line) => lines.push(line),
        }),
      ),
    );
    images.push(made[0]?.reference ?? "");
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(calls.filter((call) => call === "createContainer")).toHaveLength(1);
    expect(lines).toContain("Every package is there already.");
    expect(lines.join("\n")).not.toContain("Installing");
    // 1000 is agent's, who is in the base already.
    expect(made[0]).toMatchObject({ user, uid: 1001, home: `/home/${user}`, built: true });
    expect(made[0]?.reference).not.toBe(reference);
  });

  it("survives another process that does the same", async () => {
    const base = await engine.inspectImage(prepared.id);
    const { hash, user, reference } = freshKey(base);
    const other = connectTestEngine();
    try {
      const both = await Promise.all(
        [engine, other].map((one) => ensurePreparedImage(one, base, { packages: [], user, ...quiet })),
      );
      expect(both.map((image) => image.reference)).toEqual([reference, reference]);
      // One image, with its tag, and no container.
      expect(await left(hash)).toEqual([(await engine.inspectImage(reference)).id]);
    } finally {
      other.dispose();
    }
  });

  it("leaves nothing when it is cancelled in the middle", async () => {
    const base = await engine.inspectImage(baseImage);
    const { hash, user, packages } = freshKey(base, "agent", ["hello"]);
    const controller = new AbortController();
    const reason = new Error("enough");
    const lines: string[] = [];
    const work = ensurePreparedImage(engine, base, {
      packages,
      user,
      log: nullLogger,
      signal: controller.signal,
      onProgress(line) {
        lines.push(line);
        controller.abort(reason);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(lines[0]).toContain("hello");
    expect(await left(hash)).toEqual([]);
  });

  it("names a package that does not exist, with the log, and leaves nothing", async () => {
    const base = await engine.inspectImage(prepared.id);
    const { hash, user, packages } = freshKey(base, "agent", ["no-such-package-here"]);
    await expect(ensurePreparedImage(engine, base, { packages, user, ...quiet })).rejects.toMatchObject({
      code: "PREPARE_FAILED",
      message: expect.stringContaining("there is no package no-such-package-here") as string,
      log: expect.stringContaining("Unable to locate package no-such-package-here") as string,
      remedy: expect.stringContaining("no-such-package-here") as string,
    });
    expect(await left(hash)).toEqual([]);
  });

  it("says so when the package servers cannot be reached", async () => {
    const script =
      "rm -rf /etc/apt/sources.list*; echo deb http://nowhere.invalid/d x main >/etc/apt/sources.list";
    const base = await derive(baseImage, script);
    await expect(
      ensurePreparedImage(engine, base, { packages: [], user: "agent", ...quiet }),
    ).rejects.toMatchObject({
      code: "PREPARE_FAILED",
      message: expect.stringContaining("package servers cannot be reached") as string,
    });
  });

  it("says so where there is no package manager, and where there is no shell", async () => {
    const noApt = await derive(baseImage, "rm /usr/bin/apt-get");
    await expect(
      ensurePreparedImage(engine, noApt, { packages: [], user: "agent", ...quiet }),
    ).rejects.toMatchObject({
      code: "PREPARE_FAILED",
      message: expect.stringContaining("no package manager that is supported") as string,
      remedy: expect.stringContaining("Debian") as string,
    });
    const noShell = await derive(baseImage, "rm /bin/sh");
    const work = ensurePreparedImage(engine, noShell, { packages: [], user: "agent", ...quiet });
    await expect(work).rejects.toMatchObject({
      code: "PREPARE_FAILED",
      message: expect.stringContaining("cannot run sh") as string,
    });
  });

  it("takes a user that the image has, locked and without a shell, as it is", async () => {
    const base = await derive(prepared.id, "useradd -m -u 4242 -s /usr/sbin/nologin dev && passwd -l dev");
    const { user } = freshKey(base, "dev");
    const image = await ensurePreparedImage(engine, base, { packages: [], user, ...quiet });
    expect(image).toMatchObject({ user: "dev", uid: 4242, gid: 4242, home: "/home/dev" });
    const agent = await makeAgent(engine, image);
    try {
      await agent.start();
      expect((await agent.ssh("id -un; sudo -n id -un; touch /app/x && echo mine")).stdout).toBe(
        "dev\nroot\nmine\n",
      );
    } finally {
      await agent.dispose();
    }
  });

  it("takes the user with the number 1000 that the image has, and makes another one beside it", async () => {
    // As in the image `node`.
    const script =
      "userdel -r agent 2>/dev/null; useradd -m -u 1000 -s /bin/bash node && rm -rf /etc/sudoers.d/*";
    const base = await derive(prepared.id, script);
    const { user } = freshKey(base, "node");
    const node = await ensurePreparedImage(engine, base, { packages: [], user, ...quiet });
    expect(node).toMatchObject({ user: "node", uid: 1000, home: "/home/node" });
    const agent = await makeAgent(engine, node);
    try {
      await agent.start();
      expect((await agent.ssh("id -u; sudo -n id -u")).stdout).toBe("1000\n0\n");
    } finally {
      await agent.dispose();
    }
    freshKey(base, "agent");
    const beside = await ensurePreparedImage(engine, base, { packages: [], user: "agent", ...quiet });
    expect(beside).toMatchObject({ user: "agent", uid: 1001, home: "/home/agent" });
  });

  it("makes an agent of root when it is asked to", async () => {
    const base = await engine.inspectImage(prepared.id);
    const { user } = freshKey(base, "root");
    const image = await ensurePreparedImage(engine, base, { packages: [], user, ...quiet });
    expect(image).toMatchObject({ user: "root", uid: 0, gid: 0, home: "/root" });
    const agent = await makeAgent(engine, image);
    try {
      await agent.start();
      expect((await agent.ssh("id -un; pwd")).stdout).toBe("root\n/root\n");
    } finally {
      await agent.dispose();
    }
  });

  it("keeps the image's environment and folder, and replaces what it starts", async () => {
    const base = await engine.inspectImage(prepared.id);
    expect(base).toMatchObject({
      entrypoint: ["/usr/local/lib/agent-containers/init"],
      cmd: [],
      user: "root",
    });
    const plain = await engine.inspectImage(baseImage);
    expect(prepared.env).toEqual(plain.env);
    expect(prepared.workingDir).toBe(plain.workingDir);
  });

  it.each([
    [{ packages: ["--allow-unauthenticated"] }, "packages"],
    [{ packages: ["a b"] }, "packages"],
    [{ user: "root; rm" }, "user"],
    [{ user: "" }, "user"],
    [{ user: "1000" }, "user"],
  ])("refuses %j before anything is asked", async (wrong, field) => {
    const { engine: seen, calls } = watched();
    const base = await engine.inspectImage(baseImage);
    const work = ensurePreparedImage(seen, base, { packages: [], user: "agent", ...quiet, ...wrong });
    await expect(work).rejects.toMatchObject({ code: "SPEC_INVALID", field });
    expect(calls).toEqual([]);
  });
});

describe("ensureImage", () => {
  it("uses a present image without the network, and refuses a missing one", async () => {
    const { engine: seen, calls } = watched();
    expect((await ensureImage(seen, baseImage)).id).toMatch(/^sha256:/);
    expect(calls).toEqual(["inspectImage"]);
    const missing = `${uniqueName("ac-none")}:1`;
    await expect(ensureImage(engine, missing, { pull: "never" })).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
    });
    // A port on which nobody listens.
    await expect(ensureImage(engine, `127.0.0.1:9/${missing}`)).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
    });
  });
});
