import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import type { Logger } from "../../src/util/log.js";
import { eventually, rejection } from "../support/collect.js";
import { run } from "../support/preparedAgent.js";
import { startProduct, type Product } from "../support/product.js";
import { testEndpoint } from "../support/testEngine.js";

const secret = (kind: string) => `${kind}-${randomBytes(12).toString("hex")}`;
const values = { FROM_FILE: secret("file"), FROM_ENV: secret("env $HOME 'x'"), GIVEN: secret("given") };
const lines = `first ${secret("line")}\n${secret("second")}\n`;
const everySecret = [...Object.values(values), ...lines.trim().split("\n")];
const digest = (value: string) => createHash("sha256").update(value).digest("hex");

const endpoint = testEndpoint();
const socket = endpoint.kind === "unix" ? endpoint.path : "";
const docker = async (...args: string[]) => {
  const ran = await run("docker", ["-H", `unix://${socket}`, ...args]);
  if (ran.code !== 0) throw new Error(`docker ${args.join(" ")}: ${ran.stderr}`);
  return ran.stdout + ran.stderr;
};

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, path }, (answer) => void text(answer).then(resolve, reject))
      .on("error", reject)
      .end();
  });
}

/** Fails with the name of the first secret that is in `where`. The value itself stays out of the report. */
function expectNone(where: string, content: string): void {
  expect(content.length, `${where} is empty`).toBeGreaterThan(0);
  const found = everySecret.filter((one) => content.includes(one)).map((one) => one.slice(0, 6));
  expect(found, `secrets in ${where}`).toEqual([]);
}

const logged: string[] = [];
const keep = (message: string) => void logged.push(message);
const log: Logger = { debug: keep, info: keep, warn: keep, error: keep };

/** Writes what it got to a file, so that no log holds it, then stays. */
const command = [
  "sh",
  "-c",
  'printf %s "$FROM_FILE$FROM_ENV$GIVEN" | sha256sum >/app/got; echo ready; exec sleep 1000000',
];
const got = digest(values.FROM_FILE + values.FROM_ENV + values.GIVEN);

describe("secrets", () => {
  let product: Product;
  let agent: Agent;
  let began: number;
  const names = "FROM_FILE FROM_ENV GIVEN";
  /** What a program in the agent sees, as digests: a value that is missing has that of nothing. */
  const look = `for n in ${names}; do printenv $n | tr -d '\\n' | sha256sum | cut -d' ' -f1; done`;
  const seen = Object.values(values).map(digest).join("\n");

  const recordFolder = () => join(product.home, ".config", "agent-containers", "secrets");
  const commandHasThem = () =>
    eventually("the command's secrets", async () => {
      const { stdout } = await product.core.exec(agent.id, { command: ["sh", "-c", "cat /app/got || :"] });
      return stdout.startsWith(got);
    });

  async function expectEverywhere(): Promise<void> {
    const alias = agent.ssh?.alias ?? "";
    for (const shell of [look, `bash -lc "${look.replaceAll("$", "\\$")}"`]) {
      expect((await product.ssh(alias, shell)).stdout.trim()).toBe(seen);
    }
    const { stdout } = await product.core.exec(agent.id, { command: ["sh", "-c", look] });
    expect(stdout.trim()).toBe(seen);
    const files = await product.core.exec(agent.id, {
      command: ["sh", "-c", `cd /run/secrets && stat -c '%n %a %U' * && cat MANY | sha256sum`],
    });
    expect(files.stdout.trim().split("\n")).toEqual([
      "FROM_ENV 400 agent",
      "FROM_FILE 400 agent",
      "GIVEN 400 agent",
      "MANY 400 agent",
      `${digest(lines)}  -`,
    ]);
    await commandHasThem();
  }

  beforeAll(async () => {
    product = await startProduct({ env: { TOKEN: values.FROM_ENV }, log });
    await writeFile(join(product.home, "token"), `${values.FROM_FILE}\n`, { mode: 0o600 });
    await writeFile(join(product.home, "many"), lines, { mode: 0o600 });
    began = Math.floor(Date.now() / 1000) - 1;
    agent = await product.core.create({
      name: product.name(),
      command,
      secrets: {
        FROM_FILE: { file: "token" },
        FROM_ENV: { env: "TOKEN" },
        GIVEN: { value: values.GIVEN },
        MANY: { file: join(product.home, "many") },
      },
    });
  });
  afterAll(() => product.dispose());

  it("are files of the user's and variables, for SSH logins, exec and the command", async () => {
    await expectEverywhere();
    const { stdout } = await product.core.exec(agent.id, { command: ["sh", "-c", "printenv MANY; echo $?"] });
    expect(stdout).toBe("1\n");
  });

  it("are nowhere where others look", async () => {
    const id = agent.containerId;
    await product.core.exec(agent.id, { command: ["true"] });
    const inspected = await docker("inspect", id);
    const { Image, Mounts } = (JSON.parse(inspected) as [{ Image: string; Mounts: { Name?: string }[] }])[0];
    expectNone("docker inspect", inspected);
    expectNone("the volume", await docker("volume", "inspect", Mounts[0]?.Name ?? ""));
    expectNone("the image", await docker("inspect", Image));
    expectNone("docker history", await docker("history", "--no-trunc", Image));
    expectNone("docker logs", await docker("logs", id));
    expectNone("docker top", await docker("top", id, "axww"));
    expectNone("ps inside", await docker("exec", id, "ps", "axww"));
    expectNone("ps outside", (await run("ps", ["axww"])).stdout);
    expectNone(
      "PID 1",
      await docker(
        "exec",
        id,
        "sh",
        "-c",
        "tr '\\0' '\\n' </proc/1/environ /proc/1/cmdline; cat /proc/1/environ",
      ),
    );

    const until = String(Math.floor(Date.now() / 1000) + 1);
    const events = await docker(
      "events",
      "--since",
      String(began),
      "--until",
      until,
      "--filter",
      `container=${id}`,
      "--format",
      "{{json .}}",
    );
    expectNone("the engine's events", events);
    const execs = new Set([...events.matchAll(/"execID":"([0-9a-f]+)"/g)].map(([, one]) => one ?? ""));
    expect(execs.size).toBeGreaterThan(1);
    const told = await Promise.all([...execs].map((one) => ask(`/exec/${one}/json`)));
    expect(told.join("")).toContain("receive");
    expectNone("exec inspect", told.join("\n"));
    expect(logged.length).toBeGreaterThan(0);
    expectNone("our log", logged.join("\n"));
    expectNone("the agent as JSON", JSON.stringify(await product.core.get(agent.id)));
  });

  it("are in no commit, no export and not on the agent's volume", async () => {
    const tag = `${product.prefix}-commit:1`;
    await docker("commit", agent.containerId, tag);
    const patterns = everySecret.map((one) => `-e '${one.replaceAll("'", "'\\''")}'`).join(" ");
    const count = async (what: string, pattern: string) => {
      const found = await run("sh", ["-c", `docker -H unix://${socket} ${what} | grep -a -c -F ${pattern}`]);
      return Number(found.stdout.trim());
    };
    try {
      // Each is looked through for something that is there too: an empty stream holds no secret either.
      for (const [what, there] of [
        [`save ${tag}`, got],
        [`export ${agent.containerId}`, got],
        [`cp ${agent.containerId}:/mngr-state -`, agent.id],
      ] as const) {
        expect(await count(what, there), what).toBeGreaterThan(0);
        expect(await count(what, patterns), what).toBe(0);
      }
    } finally {
      await docker("rmi", tag);
    }
  });

  it("leave references on this machine, for its user alone", async () => {
    const [file = "", ...more] = await readdir(recordFolder());
    expect(more).toEqual([]);
    const path = join(recordFolder(), file);
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe("600");
    expect(((await stat(recordFolder())).mode & 0o777).toString(8)).toBe("700");
    const content = await readFile(path, "utf8");
    expect(content).toContain(join(product.home, "token"));
    expect(content).not.toContain(values.FROM_FILE);
    expect(content).not.toContain(values.FROM_ENV);
    expect(JSON.stringify(await product.sshFiles())).not.toContain(values.GIVEN);
  });

  it("come back with stop and start, and with restart", async () => {
    await product.core.stop(agent.id);
    await product.core.start(agent.id);
    await expectEverywhere();
    await product.core.restart(agent.id);
    await expectEverywhere();
  });

  it("are waited for where nobody has them, which the log says, and come with the next start", async () => {
    await product.core.exec(agent.id, { command: ["rm", "/app/got"] });
    await docker("restart", agent.containerId);
    await eventually("the word", async () =>
      (await product.core.logs(agent.id)).stderr.includes(
        "the command waits for its secrets (FROM_FILE FROM_ENV GIVEN MANY)",
      ),
    );
    const { stdout } = await product.core.exec(agent.id, {
      command: ["sh", "-c", "ls /app; ls -A /run/secrets"],
    });
    expect(stdout).toBe("");
    // Running already is success, and gives what is missing.
    await product.core.start(agent.id);
    await expectEverywhere();
  });

  it("are delivered to what somebody else has started, while anybody watches", async () => {
    await product.core.exec(agent.id, { command: ["rm", "/app/got"] });
    const watcher = product.another();
    const watching = watcher.watch();
    try {
      await eventually("the login", () =>
        Promise.resolve(
          watcher.picture.agents.some((row) => row.agent.id === agent.id && row.agent.state === "running"),
        ),
      );
      await docker("restart", agent.containerId);
      await commandHasThem();
      await docker("stop", agent.containerId);
      await docker("start", agent.containerId);
      await commandHasThem();
      await expectEverywhere();
    } finally {
      watching.dispose();
    }
  });

  it("that cannot be read any more keep a start from beginning", async () => {
    await product.core.stop(agent.id);
    await writeFile(join(product.home, "token"), "");
    expect(await rejection(product.core.start(agent.id))).toMatchObject({
      code: "SECRET_UNAVAILABLE",
      field: "secrets.FROM_FILE",
    });
    expect((await product.core.get(agent.id)).state).toBe("stopped");
    // A new value comes with the next start.
    await writeFile(join(product.home, "token"), `${values.FROM_FILE}\n`);
    await product.core.start(agent.id);
    await expectEverywhere();
  });

  it("are forgotten with the agent", async () => {
    await product.core.destroy(agent.id);
    expect(await readdir(product.home)).not.toContain(".config/agent-containers");
    expect(await readdir(join(product.home, ".config"))).toEqual([]);
  });
});

describe("a request with secrets that cannot be", () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ env: { SET: "here" } });
  });
  afterAll(() => product.dispose());

  it.each([
    [{ secrets: { A: { file: "nowhere" } } }, "SECRET_UNAVAILABLE", "secrets.A"],
    [{ secrets: { A: { env: "UNSET" } } }, "SECRET_UNAVAILABLE", "secrets.A"],
    [{ secrets: { A: { stored: "key" } } }, "SECRET_UNAVAILABLE", "secrets.A"],
    [{ secrets: { A: { value: "" } } }, "SECRET_UNAVAILABLE", "secrets.A"],
    [{ secrets: { SET: { env: "SET" } }, env: { SET: "1" } }, "SPEC_INVALID", "secrets.SET"],
    [{ secrets: { A: { env: "SET" } }, startArgs: ["--tmpfs", "/run/secrets/"] }, "SPEC_INVALID", "secrets"],
    [{ tailscale: { authKey: { env: "UNSET" } } }, "SECRET_UNAVAILABLE", "tailscale.authKey"],
    [{ envFile: "nowhere" }, "SPEC_INVALID", "envFile"],
  ])("is refused before anything is touched: %j", async (spec, code, field) => {
    expect(await rejection(product.core.create({ name: product.name(), ...spec }))).toMatchObject({
      code,
      field,
    });
    expect(await readdir(product.home)).toEqual([]);
  });
});

describe("envFile", () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ env: { HERE: "from here" } });
  });
  afterAll(() => product.dispose());

  it("gives variables as docker run --env-file does, with env over them, and keeps them out of labels", async () => {
    const hidden = secret("envfile");
    await writeFile(
      join(product.home, "a.env"),
      `# comment\nONE=1\nQUOTED="as it is" # no comment\nHERE\nGONE\nTWO=${hidden}\nOVER=file`,
    );
    await writeFile(join(product.home, "b.env"), "ONE=later\r\nEMPTY=\r\n");
    const agent = await product.core.create({
      name: product.name(),
      envFile: ["a.env", join(product.home, "b.env")],
      env: { OVER: "env" },
    });
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "env");
    const shown = stdout.split("\n");
    for (const line of [
      "ONE=later",
      'QUOTED="as it is" # no comment',
      "HERE=from here",
      `TWO=${hidden}`,
      "OVER=env",
      "EMPTY=",
    ])
      expect(shown).toContain(line);
    expect(stdout).not.toContain("GONE");
    const [facts] = JSON.parse(await docker("inspect", agent.containerId)) as [
      { Config: { Env: string[]; Labels: Record<string, string> } },
    ];
    expect(facts.Config.Env).toContain(`TWO=${hidden}`);
    expect(JSON.stringify(facts.Config.Labels)).not.toContain(hidden);
  });

  it("names file and line of a mistake, and no value", async () => {
    const hidden = secret("bad");
    await writeFile(join(product.home, "bad.env"), `FINE=1\n\nNO NAME=${hidden}\n`);
    const error = await rejection(product.core.create({ name: product.name(), envFile: "bad.env" }));
    expect(error).toMatchObject({ code: "SPEC_INVALID", field: "envFile" });
    expect(error.message).toContain("line 3");
    expect(error.message).toContain("bad.env");
    expect(error.message).not.toContain(hidden);
  });
});
