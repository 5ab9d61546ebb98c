import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ResolvedEndpoint } from "../../../src/engine/resolveEndpoint.js";
import { listContexts, resolveEndpoint } from "../../../src/engine/resolveEndpoint.js";
import { createDockerEngine } from "../../../src/engine/dockerEngine.js";
import { nullLogger } from "../../../src/util/log.js";
import { rejection } from "../../support/collect.js";

let homeDir = "";
beforeEach(async () => {
  homeDir = await mkdtemp(join(tmpdir(), "ac-home-"));
});
afterEach(() => rm(homeDir, { recursive: true, force: true }));

const digest = (name: string) => createHash("sha256").update(name).digest("hex");
const write = async (path: string, text: string) => {
  await mkdir(dirname(join(homeDir, path)), { recursive: true });
  await writeFile(join(homeDir, path), text);
};
const context = async (name: string, Host: string, parts = {}, folder = ".docker") => {
  const meta = {
    Name: name,
    Metadata: { Description: `about ${name}` },
    Endpoints: { docker: { Host, ...parts } },
  };
  await write(join(folder, "contexts/meta", digest(name), "meta.json"), JSON.stringify(meta));
};
const resolve = (env: Record<string, string> = {}, setting?: string): Promise<ResolvedEndpoint> =>
  resolveEndpoint({ env, setting, homeDir, platform: "linux", exists: () => Promise.resolve(false) });

describe("resolveEndpoint", () => {
  it("falls back to the platform's own place", async () => {
    expect(await resolve()).toEqual({
      endpoint: { kind: "unix", path: "/var/run/docker.sock" },
      source: "platform",
    });
    const windows = { env: {}, homeDir, platform: "win32" as const };
    expect((await resolveEndpoint(windows)).endpoint).toEqual({
      kind: "npipe",
      path: String.raw`\\.\pipe\docker_engine`,
    });
  });

  it.each([
    ["run/1000/docker.sock", { XDG_RUNTIME_DIR: "run/1000" }],
    [".docker/run/docker.sock", {}],
    [".docker/desktop/docker.sock", {}],
    [".colima/default/docker.sock", {}],
    [".orbstack/run/docker.sock", {}],
    [".rd/docker.sock", {}],
  ])("finds %s", async (place, env: { XDG_RUNTIME_DIR?: string }) => {
    await write(place, "");
    const path = join(homeDir, place);
    const { XDG_RUNTIME_DIR } = env;
    const surroundings = { ...(XDG_RUNTIME_DIR && { XDG_RUNTIME_DIR: join(homeDir, XDG_RUNTIME_DIR) }) };
    const { existsSync } = await import("node:fs");
    const exists = (one: string) => Promise.resolve(one.startsWith(homeDir) && existsSync(one));
    const found = await resolveEndpoint({ env: surroundings, homeDir, platform: "darwin", exists });
    expect(found.endpoint).toEqual({ kind: "unix", path });
  });

  it("takes DOCKER_HOST as the CLI does", async () => {
    expect(await resolve({ DOCKER_HOST: "unix:///a/b.sock", DOCKER_CONTEXT: "ignored" })).toEqual({
      endpoint: { kind: "unix", path: "/a/b.sock" },
      source: "DOCKER_HOST",
    });
    expect((await resolve({ DOCKER_HOST: "localhost:1234" })).endpoint).toEqual({
      kind: "tcp",
      host: "localhost",
      port: 1234,
    });
    expect((await resolve({ DOCKER_HOST: "tcp://:1234" })).endpoint).toMatchObject({
      host: "localhost",
      port: 1234,
    });
    expect((await resolve({ DOCKER_HOST: "tcp://h", DOCKER_TLS_VERIFY: "1" })).endpoint).toEqual({
      kind: "tcp",
      host: "h",
      port: 2376,
      tls: {
        ca: join(homeDir, ".docker/ca.pem"),
        cert: join(homeDir, ".docker/cert.pem"),
        key: join(homeDir, ".docker/key.pem"),
        verify: true,
      },
    });
    const certs = { DOCKER_HOST: "tcp://h:1", DOCKER_TLS: "1", DOCKER_CERT_PATH: "/certs" };
    expect((await resolve(certs)).endpoint).toMatchObject({
      tls: { cert: "/certs/cert.pem", key: "/certs/key.pem", verify: false },
    });
  });

  it("an explicit setting wins, and no DOCKER_* variable changes it", async () => {
    const env = { DOCKER_HOST: "tcp://h:1", DOCKER_TLS_VERIFY: "1", DOCKER_CONTEXT: "other" };
    expect(await resolve(env, "tcp://set:2")).toEqual({
      endpoint: { kind: "tcp", host: "set", port: 2 },
      source: "setting",
    });
    await context("mine", "tcp://ctx:3");
    expect(await resolve(env, "context:mine")).toEqual({
      endpoint: { kind: "tcp", host: "ctx", port: 3 },
      source: "setting",
      context: "mine",
    });
  });

  it("takes DOCKER_CONTEXT before the current one, and DOCKER_CONFIG for both", async () => {
    await context("one", "unix:///one.sock");
    await context("two", "ssh://me@host");
    await write(".docker/config.json", JSON.stringify({ currentContext: "one", auths: {} }));
    expect(await resolve()).toMatchObject({ endpoint: { path: "/one.sock" }, source: "currentContext" });
    expect(await resolve({ DOCKER_CONTEXT: "two" })).toMatchObject({
      endpoint: { kind: "ssh", host: "host", user: "me" },
      source: "DOCKER_CONTEXT",
    });
    expect(await resolve({ DOCKER_CONTEXT: "default" })).toMatchObject({ source: "platform" });
    await context("three", "unix:///three.sock", {}, "elsewhere");
    await write("elsewhere/config.json", JSON.stringify({ currentContext: "three" }));
    const DOCKER_CONFIG = join(homeDir, "elsewhere");
    expect(await resolve({ DOCKER_CONFIG })).toMatchObject({ endpoint: { path: "/three.sock" } });
  });

  it("takes the TLS files of a context that are there", async () => {
    await context("tls", "tcp://h:2376", { SkipTLSVerify: true });
    const folder = join(".docker/contexts/tls", digest("tls"), "docker");
    await write(join(folder, "ca.pem"), "ca");
    await write(join(folder, "key.pem"), "key");
    expect((await resolve({}, "context:tls")).endpoint).toEqual({
      kind: "tcp",
      host: "h",
      port: 2376,
      tls: { ca: join(homeDir, folder, "ca.pem"), key: join(homeDir, folder, "key.pem"), verify: false },
    });
  });

  it("names a context that is missing or malformed", async () => {
    const missing = await rejection(resolve({}, "context:nosuch"));
    expect(missing).toMatchObject({ code: "ENGINE_NOT_FOUND" });
    expect(missing.message).toContain('"nosuch"');
    await write(join(".docker/contexts/meta", digest("bad"), "meta.json"), "{");
    expect((await rejection(resolve({ DOCKER_CONTEXT: "bad" }))).message).toContain('"bad"');
    await context("odd", "gopher://x");
    expect((await rejection(resolve({ DOCKER_CONTEXT: "odd" }))).message).toContain("gopher");
    await write(".docker/config.json", "not json");
    const config = await rejection(resolve());
    expect(config).toMatchObject({ code: "ENGINE_NOT_FOUND" });
    expect(config.message).toContain("config.json");
  });

  it("lists contexts, also those that cannot be used", async () => {
    expect(await listContexts({ env: {}, homeDir, platform: "linux" })).toEqual([]);
    await context("b", "unix:///b.sock");
    await context("a", "gopher://x");
    await write(join(".docker/contexts/meta", digest("c"), "meta.json"), "{");
    const contexts = await listContexts({ env: {}, homeDir, platform: "linux" });
    expect(contexts.map(({ name, problem }) => [name, problem !== undefined])).toEqual(
      [
        [digest("c").slice(0, 12), true],
        ["a", true],
        ["b", false],
      ].sort((x, y) => String(x[0]).localeCompare(String(y[0]))),
    );
    expect(contexts.find(({ name }) => name === "b")).toEqual({
      name: "b",
      description: "about b",
      endpoint: { kind: "unix", path: "/b.sock" },
    });
  });
});

describe("createDockerEngine", () => {
  it("connects to nothing before the first call, over ssh as well", async () => {
    const warnings: string[] = [];
    const log = { ...nullLogger, warn: (line: string) => void warnings.push(line) };
    // Neither ssh nor ssh-keygen is there: the host is reached as its address says.
    const ssh = { env: { PATH: "/nowhere" } };
    const engine = createDockerEngine({ kind: "ssh", host: "127.0.0.1", port: 1 }, { log, ssh });
    expect(engine.name).toBe("ssh://127.0.0.1:1");
    expect(warnings).toEqual([]);
    expect(await rejection(engine.ping())).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(warnings.join()).toContain("no ssh program");
    engine.dispose();
  });

  it("ENGINE_TLS for a certificate that cannot be read", async () => {
    const tls = { ca: join(homeDir, "nosuch.pem"), verify: true };
    const engine = createDockerEngine({ kind: "tcp", host: "127.0.0.1", port: 1, tls }, { log: nullLogger });
    const error = await rejection(engine.ping());
    expect(error).toMatchObject({ code: "ENGINE_TLS" });
    expect(error.message).toContain("nosuch.pem");
    engine.dispose();
  });
});
