import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejection } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);

describe("an agent with start arguments", () => {
  let product: Product;
  let shared: string;

  beforeAll(async () => {
    product = await startProduct();
    shared = join(product.home, "shared");
    await mkdir(shared);
    await chmod(shared, 0o777);
    await writeFile(join(shared, "note"), "from outside");
  });
  afterAll(() => product.dispose());

  it("has their effect, in the container and in a login", async () => {
    const agent = await product.core.create({
      name: product.name(),
      cpus: 1,
      env: { COLOUR: "red", KEPT: "1" },
      startArgs: [
        ...[
          "--cpus=0.5",
          "-m",
          "256m",
          "--shm-size=80m",
          "--cap-add",
          "SYS_PTRACE",
          "--ulimit",
          "nofile=2048",
        ],
        ...[
          "-v",
          `${shared}:/shared`,
          "--tmpfs",
          "/scratch:size=1m",
          "-e",
          "COLOUR=blue",
          "-l",
          "team=infra",
        ],
        ...["--add-host", "far:10.1.2.3", "--pids-limit=200", "--hostname", "inside"],
      ],
    });
    const { stdout } = await product.ssh(
      agent.ssh?.alias ?? "",
      "echo $COLOUR $KEPT; hostname; cat /shared/note; grep far /etc/hosts; df -m /scratch | tail -1; echo back > /shared/back",
    );
    expect(stdout).toContain("blue 1\ninside\nfrom outside");
    expect(stdout).toContain("10.1.2.3");
    expect(stdout).toMatch(/tmpfs +1 /);
    expect(await readFile(join(shared, "back"), "utf8")).toBe("back\n");
    const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";
    const inspected = await run("docker", ["-H", engine, "inspect", agent.name]);
    const [{ HostConfig, Config }] = JSON.parse(inspected.stdout) as [
      { HostConfig: Record<string, unknown>; Config: { Labels: Record<string, string> } },
    ];
    expect(HostConfig).toMatchObject({
      NanoCpus: 5e8,
      Memory: 256 * 1024 ** 2,
      ShmSize: 80 * 1024 ** 2,
      CapAdd: ["CAP_SYS_PTRACE"],
      PidsLimit: 200,
    });
    expect(Config.Labels).toMatchObject({ team: "infra", "com.imbue.mngr.agent-id": agent.id });
    expect(JSON.stringify(Config.Labels)).not.toContain("blue");
  });

  it.each([
    [["--name=x"], "name"],
    [["--rm"], "rm"],
    [["--frobnicate"], "frobnicate"],
    [["--user=1000"], "user"],
    [["--network=no-such-network"], "no-such-network"],
    [["-v", "vol:/mngr-state"], "mngr-state"],
    [["--cpus=lots"], "cpus"],
    [["--entrypoint", "sh"], "entrypoint"],
    [["image-name"], "not a flag"],
  ])("refuses %j by name, before anything is touched", async (startArgs, named) => {
    const error = await rejection(product.core.create({ name: product.name(), startArgs }));
    expect(error).toMatchObject({ code: "START_ARG_INVALID", field: "startArgs" });
    expect(error.message).toContain(named);
    const names = (await product.core.list())
      .map(({ name }) => name)
      .filter((name) => name.startsWith(product.prefix));
    expect(names).toEqual([`${product.prefix}-1`]);
  });

  it("joins the network they name, which stays", async () => {
    const name = `${product.prefix}-theirs`;
    const id = await product.engine.createNetwork({ name }, {});
    const agent = await product.core.create({
      name: product.name(),
      startArgs: ["--network", name, "--network-alias", "peer"],
    });
    const facts = await product.engine.inspectContainer(agent.containerId);
    expect(Object.keys(facts.networks)).toEqual([name]);
    await product.core.destroy(agent.id);
    expect((await product.engine.findNetwork(name))?.id).toBe(id);
    await product.engine.removeNetwork(id);
  });

  it("says that there is no GPU, and leaves nothing", async () => {
    const name = product.name();
    const error = await rejection(product.core.create({ name, startArgs: ["--gpus=all"] }));
    expect(error).toMatchObject({ code: "NO_GPU" });
    await expect(product.core.get(name)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
