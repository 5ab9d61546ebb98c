// What can go wrong, as a user meets it: said once, with the fixing action, and nothing left behind.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import {
  agentTree,
  call,
  destroyAll,
  freshName,
  palette,
  rowGone,
  rowWithIcon,
  view,
} from "./product/agents";
import { docker, sshFiles } from "./product/engine";
import { eventually } from "./support/eventually";
import { required } from "./support/environment";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

const run = promisify(execFile);

describe("creating with wrong answers", () => {
  const name = freshName("wrong");
  let workbench: Workbench;
  let tree: Tree;

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
  });
  after(() => destroyAll([name, `${name}-2`]));

  it("says the rule for names while typing, and does not go on", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type("my agent");
    await eventually(async () => assert.match(await quickInput.message(), /no spaces.*2 to 63 letters/));
    await quickInput.enter();
    assert.equal(await quickInput.title(), "Create Agent (1/4)");
    await quickInput.type(name);
    await eventually(async () => assert.doesNotMatch(await quickInput.message(), /no spaces/));
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.back();
    await quickInput.waitFor("Create Agent (1/4)");
    assert.equal(await quickInput.value(), name);
    await quickInput.escape();
  });

  it("says that an image does not exist, keeps the failure listed, and asks again", async () => {
    const { quickInput, notifications } = workbench;
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(name);
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.type("127.0.0.1:1/nothing-here:1");
    await quickInput.pick('Use image "127.0.0.1:1/nothing-here:1"');
    await quickInput.waitFor("Create Agent (3/4)");
    await quickInput.pick("Empty workspace");
    await quickInput.waitFor("Create Agent (4/4)");
    await quickInput.enter();
    const said = await notifications.waitFor("127.0.0.1:1", 60_000);
    assert.equal(await notifications.severity("127.0.0.1:1"), "error", said);
    assert.ok((await notifications.buttons("127.0.0.1:1")).includes("Change…"));
    assert.equal(
      (await notifications.messages()).filter((message) => message === said).length,
      1,
      "said twice",
    );

    await rowWithIcon(tree, name, "error");
    assert.deepEqual(await tree.inlineActions(name), ["Show Why It Failed", "Dismiss Failed Agent"]);
    await tree.clickInlineAction(name, "Dismiss Failed Agent");
    await rowGone(tree, name);
    assert.deepEqual(await docker("ps", "-aq", "--filter", `name=^${name}$`), []);

    await notifications.click("127.0.0.1:1", "Change…");
    await quickInput.waitFor("Create Agent (1/4)");
    assert.equal(await quickInput.value(), name);
    await quickInput.escape();

    // An image that cannot be had is not what Enter takes the next time.
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    const images = (await quickInput.items()).map(({ label }) => label);
    assert.ok(!images.some((image) => image.includes("nothing-here")), images.join());
    await quickInput.escape();
  });

  it("offers the free name where one is taken meanwhile", async () => {
    const { notifications } = workbench;
    await workbench.runCommand(palette("Create Agent…"));
    const { quickInput } = workbench;
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(name);
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    // A container that is no agent, so that the list of names does not know it.
    await docker("create", "--name", name, "debian:bookworm-slim", "true");
    try {
      await quickInput.pick("debian:bookworm-slim");
      await quickInput.waitFor("Create Agent (3/4)");
      await quickInput.pick("Empty workspace");
      await quickInput.waitFor("Create Agent (4/4)");
      await quickInput.enter();
      await notifications.waitFor(name, 30_000);
      await eventually(async () =>
        assert.ok((await notifications.messages()).some((text) => /taken|already/.test(text))),
      );
      const said = (await notifications.messages()).find((text) => /taken|already/.test(text)) ?? "";
      await notifications.click(said, `Use "${name}-2"`);
      await rowWithIcon(tree, `${name}-2`, "circle-filled", 60_000);
    } finally {
      await docker("rm", "-f", name);
    }
    // Something was done about the failure, so that it is not listed any more.
    await rowGone(tree, name);
  });

  it("offers the network that exists otherwise, as it is", async () => {
    const { notifications, quickInput } = workbench;
    const network = freshName("net");
    await docker("network", "create", network);
    const section = vscode.workspace.getConfiguration("agentContainers");
    const wanted = { name: network, subnet: "10.213.214.0/24" };
    await section.update("network", wanted, vscode.ConfigurationTarget.Global);
    try {
      await workbench.runCommand(palette("Create Agent…"));
      await quickInput.waitFor("Create Agent (1/4)");
      await quickInput.type(`${name}-3`);
      await quickInput.enter();
      await quickInput.waitFor("Create Agent (2/4)");
      await quickInput.pick("debian:bookworm-slim");
      await quickInput.waitFor("Create Agent (3/4)");
      await quickInput.pick("Empty workspace");
      await quickInput.waitFor("Create Agent (4/4)");
      await quickInput.enter();
      await notifications.waitFor(network, 30_000);
      const said = (await notifications.messages()).find((text) => text.includes(network)) ?? "";
      assert.match(said, /10\.213\.214\.0/);
      await notifications.click(said, "Use It as It Is");
      await rowWithIcon(tree, `${name}-3`, "circle-filled", 60_000);
      const networks = await docker(
        "inspect",
        "-f",
        "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}",
        `${name}-3`,
      );
      assert.deepEqual(networks, [network]);
    } finally {
      await section.update("network", undefined, vscode.ConfigurationTarget.Global);
      await destroyAll([`${name}-3`]);
      await docker("network", "rm", network);
    }
  });
});

describe("cancelling a create", () => {
  const name = freshName("cancel");
  const image = `${name}:1`;
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.connect();
    // An image that nobody has prepared yet, so that there is time to cancel.
    const host = required("AGENT_CONTAINERS_TEST_ENGINE");
    const dockerfile = `FROM debian:bookworm-slim\nLABEL unique=${name}\n`;
    const building = run("docker", ["-H", host, "build", "-q", "-t", image, "-"]);
    building.child.stdin?.end(dockerfile);
    await building;
  });
  after(async () => {
    await destroyAll([name]);
    await docker("rmi", "-f", image);
  });

  it("leaves nothing, and says nothing", async () => {
    const tree = await agentTree(workbench);
    const { quickInput, notifications } = workbench;
    const files = await sshFiles();
    const containers = await docker("ps", "-aq");
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(name);
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.type(image);
    await quickInput.pick(`Use image "${image}"`);
    await quickInput.waitFor("Create Agent (3/4)");
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (4/4)");
    await quickInput.enter();
    await rowWithIcon(tree, name, "loading");
    // A container beside those before: the work has really begun.
    await eventually(async () =>
      assert.ok((await docker("ps", "-aq")).some((id) => !containers.includes(id))),
    );
    await notifications.click(`Creating ${name}`, "Cancel");
    await notifications.waitUntilGone(`Creating ${name}`, 30_000);
    await rowGone(tree, name);
    await eventually(async () => {
      assert.deepEqual(await docker("ps", "-aq", "--filter", `ancestor=${image}`), []);
      assert.deepEqual(await docker("ps", "-aq", "--filter", `name=${name}`), []);
    });
    assert.deepEqual(await sshFiles(), files);
    assert.deepEqual(
      (await notifications.messages()).filter((message) => message.includes(name)),
      [],
    );
  });
});

describe("an engine that is away", () => {
  const setting = vscode.workspace.getConfiguration("agentContainers");
  const useEngine = (engine: string | undefined) =>
    setting.update("engine", engine, vscode.ConfigurationTarget.Global);
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    workbench = await Workbench.connect();
    await agentTree(workbench);
    folder = await mkdtemp(join(tmpdir(), "ac-engine-"));
  });
  after(async () => {
    await useEngine(undefined);
    await rm(folder, { recursive: true, force: true });
  });

  /** Waits until the status bar counts agents, which it does only of an engine that answers. */
  const reached = () =>
    eventually(async () =>
      assert.match(await workbench.statusBar.text("agentContainers.status"), /^\d+\/\d+/),
    );

  it("is told apart: no socket", async () => {
    await useEngine(`unix://${join(folder, "none.sock")}`);
    const welcome = workbench.welcome(view);
    await welcome.waitFor("No Docker Engine was found");
    const buttons = await welcome.buttons();
    assert.ok(buttons.includes("Retry") && buttons.includes("Choose Engine…"), buttons.join());
  });

  it("is told apart: a socket that nobody listens on", async () => {
    const path = join(folder, "refused.sock");
    // The socket file of a server that is gone: closed in another process, which leaves the file.
    await run(
      process.execPath,
      [
        "-e",
        `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
      ],
      {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
      },
    ).catch(() => undefined);
    await useEngine(`unix://${path}`);
    await workbench.welcome(view).waitFor("cannot be reached");
    await workbench.statusBar.click("agentContainers.status");
    await workbench.quickInput.waitFor("Agent Containers");
    const [first] = await workbench.quickInput.items();
    assert.equal(first?.label, `unix://${path}`);
    await workbench.quickInput.escape();
  });

  it("is told apart: a socket that accepts and never answers", async () => {
    const path = join(folder, "silent.sock");
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      await useEngine(`unix://${path}`);
      await eventually(() => workbench.welcome(view).waitFor("does not answer"), 60_000);
      await assert.rejects(call("list"), { code: "ENGINE_TIMEOUT" });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }).timeout(150_000);

  it("is reached by Retry as soon as it runs", async () => {
    const path = join(folder, "late.sock");
    await useEngine(`unix://${path}`);
    const welcome = workbench.welcome(view);
    await welcome.waitFor("No Docker Engine was found");
    const proxy = createServer((socket) => {
      const engine = connect(required("AGENT_CONTAINERS_TEST_ENGINE").replace("unix://", ""));
      for (const [from, to] of [
        [socket, engine],
        [engine, socket],
      ] as const) {
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(path, resolve));
    await welcome.click("Retry");
    await reached();
    await useEngine(undefined);
    await new Promise((resolve) => proxy.close(resolve));
  });

  it("is found by Retry when the Docker context it names is made", async () => {
    const context = freshName("context");
    await useEngine(`context:${context}`);
    const welcome = workbench.welcome(view);
    await welcome.waitFor("No Docker Engine was found");
    await run("docker", [
      "context",
      "create",
      context,
      "--docker",
      `host=${required("AGENT_CONTAINERS_TEST_ENGINE")}`,
    ]);
    await welcome.click("Retry");
    await reached();
    await workbench.runCommand(palette("Choose Engine…"));
    await workbench.quickInput.waitFor("Choose Engine");
    const item = (await workbench.quickInput.items()).find(({ label }) => label === context);
    assert.match(item?.description ?? "", /chosen.*docker\.sock/);
    await workbench.quickInput.escape();
  });

  it("comes back with the setting", async () => {
    const name = freshName("back");
    await useEngine(undefined);
    try {
      await call("create", { name });
      await rowWithIcon(await agentTree(workbench), name, "circle-filled", 60_000);
    } finally {
      await destroyAll([name]);
    }
  });

  it("asks for another: a context, or an endpoint", async () => {
    await workbench.runCommand(palette("Choose Engine…"));
    await workbench.quickInput.waitFor("Choose Engine");
    const labels = (await workbench.quickInput.items()).map(({ label }) => label);
    assert.deepEqual([labels[0], labels.at(-1)], ["As the Docker CLI does", "Another endpoint…"]);
    await workbench.quickInput.pick("Another endpoint…");
    await workbench.quickInput.type("ftp://x");
    await eventually(async () =>
      assert.match(await workbench.quickInput.message(), /ftp is not a way to reach/),
    );
    await workbench.quickInput.type(required("AGENT_CONTAINERS_TEST_ENGINE"));
    await workbench.quickInput.enter();
    await eventually(() => {
      const stored = vscode.workspace.getConfiguration("agentContainers").get("engine");
      assert.equal(stored, required("AGENT_CONTAINERS_TEST_ENGINE"));
    });
  });
});
