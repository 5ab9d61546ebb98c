import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dialCommand, lookCommand, readFound } from "../../../src/engine/sshFarEngine.js";

const run = promisify(execFile);

/** The script that runs on a host, under a real shell. */
describe("looking for an engine on a host", () => {
  let home = "";
  const servers: Server[] = [];
  const listen = async (path: string) => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  };
  const look = async (path: string | undefined, env: NodeJS.ProcessEnv = {}, as: string[] = []) => {
    const own = { PATH: `${home}/bin:${process.env.PATH ?? ""}`, HOME: home, ...env };
    const [file = "", ...args] = [...as, "bash", "-c", lookCommand(path)];
    const { stdout } = await run(file, args, { env: own });
    return readFound(`Welcome!\n${stdout}bye\n`, path);
  };
  /** A `docker` that knows one context, and says when it was asked. */
  const context = async (host: string) => {
    await mkdir(join(home, "bin"), { recursive: true });
    await writeFile(join(home, "bin/docker"), `#!/bin/sh\n[ "$2" = inspect ] && echo "${host}"\n`, {
      mode: 0o755,
    });
  };
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "ac-far-"));
    await mkdir(join(home, ".docker"));
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await rm(home, { recursive: true });
  });

  it("takes the socket that is named, whatever is in its name", async () => {
    const path = await listen(join(home, "it's a $(socket)"));
    expect(await look(path, { DOCKER_HOST: "tcp://elsewhere" })).toEqual({ kind: "socket", path });
    expect(await look(join(home, "absent"))).toEqual({ kind: "none", path: join(home, "absent") });
    await writeFile(join(home, "file"), "");
    expect(await look(join(home, "file"))).toEqual({ kind: "none", path: join(home, "file") });
  });

  it("takes DOCKER_HOST before a context", async () => {
    const path = await listen(join(home, "from-env.sock"));
    expect(await look(undefined, { DOCKER_HOST: `unix://${path}` })).toEqual({ kind: "socket", path });
    expect(await look(undefined, { DOCKER_HOST: "tcp://10.0.0.1:2375" })).toEqual({ kind: "dial" });
  });

  it("asks docker for the context only where one is chosen", async () => {
    const path = await listen(join(home, "context.sock"));
    await context(`unix://${path}`);
    expect(await look(undefined, { DOCKER_CONTEXT: "some" })).toEqual({ kind: "socket", path });
    await writeFile(join(home, ".docker/config.json"), '{"currentContext":"some"}');
    expect(await look(undefined)).toEqual({ kind: "socket", path });
    await context("tcp://10.0.0.1:2376");
    expect(await look(undefined)).toEqual({ kind: "dial" });
    await rm(join(home, ".docker/config.json"));
    expect(await look(undefined, { XDG_RUNTIME_DIR: home })).not.toEqual({ kind: "dial" });
  });

  it.runIf(process.getuid?.() === 0)("tells a socket that the user may not use", async () => {
    const path = await listen(join(home, "closed.sock"));
    await chmod(home, 0o755);
    await chmod(path, 0o600);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    expect(await look(path, {}, nobody)).toEqual({ kind: "denied", path });
  });

  it("a host that does not answer it is left to docker there", () => {
    expect(readFound("'sh' is not recognized as an internal or external command", undefined)).toEqual({
      kind: "dial",
    });
    expect(readFound("", "/x.sock")).toEqual({ kind: "socket", path: "/x.sock" });
    expect(dialCommand(undefined)).toBe("docker system dial-stdio");
    expect(dialCommand("/it's.sock")).toBe(`docker -H 'unix:///it'\\''s.sock' system dial-stdio`);
  });
});
