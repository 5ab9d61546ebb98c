import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askCredentialHelper } from "../../../src/engine/credentialHelper.js";
import { registryHostOf } from "../../../src/engine/registryHost.js";
import { readRegistryLogin } from "../../../src/engine/registryLogin.js";

const hubKey = "https://index.docker.io/v1/";
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the registry of a reference", () => {
  it.each([
    ["debian:bookworm-slim", "docker.io", hubKey],
    ["owner/name", "docker.io", hubKey],
    ["docker.io/library/debian", "docker.io", hubKey],
    ["index.docker.io/library/debian", "docker.io", hubKey],
    ["ghcr.io/owner/name@sha256:1", "ghcr.io", "ghcr.io"],
    ["localhost/name", "localhost", "localhost"],
    ["host:5000/a/b:1", "host:5000", "host:5000"],
    ["[::1]:5000/a", "[::1]:5000", "[::1]:5000"],
  ])("%s is %s", (reference, host, key) => {
    expect(registryHostOf(reference)).toEqual({ host, key });
  });
});

describe("the login for a registry", () => {
  let homeDir: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    homeDir = await mkdtemp(join(tmpdir(), "ac-login-"));
    env = { PATH: `${homeDir}:/usr/bin:/bin` };
    await mkdir(join(homeDir, ".docker"));
  });
  afterEach(() => rm(homeDir, { recursive: true, force: true }));

  const configure = (content: object) =>
    writeFile(join(homeDir, ".docker", "config.json"), JSON.stringify(content));
  const helper = async (name: string, script: string) => {
    const path = join(homeDir, `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  };
  const surroundings = () => ({ env, homeDir, platform: process.platform });
  const login = async (reference: string) => readRegistryLogin(reference, surroundings());

  it("is none without a file, and without an entry", async () => {
    expect(await login("debian")).toEqual({ host: "docker.io" });
    await configure({ auths: { "ghcr.io": {}, "quay.io": null } });
    expect(await login("ghcr.io/x")).toEqual({ host: "ghcr.io" });
    expect(await login("quay.io/x")).toEqual({ host: "quay.io" });
  });

  it("is Docker Hub's under its old address, with colons and NUL in the password", async () => {
    await configure({ auths: { [hubKey]: { auth: base64("me:a:b\0\0") } } });
    for (const reference of ["debian", "me/private", "docker.io/me/private"]) {
      expect((await login(reference)).auth).toEqual({
        username: "me",
        password: "a:b",
        serveraddress: hubKey,
      });
    }
  });

  it("has the tokens that it was given", async () => {
    await configure({
      auths: {
        "one.example": { auth: base64("me:"), identitytoken: "id" },
        "two.example": { registrytoken: "bearer" },
      },
    });
    expect((await login("one.example/x")).auth).toMatchObject({ username: "me", identitytoken: "id" });
    expect((await login("two.example/x")).auth).toEqual({
      registrytoken: "bearer",
      serveraddress: "two.example",
    });
  });

  it("is in the folder that DOCKER_CONFIG names", async () => {
    const other = join(homeDir, "other");
    await mkdir(other);
    await writeFile(
      join(other, "config.json"),
      JSON.stringify({ auths: { "x.example": { auth: base64("a:b") } } }),
    );
    env.DOCKER_CONFIG = other;
    expect((await login("x.example/y")).auth).toMatchObject({ username: "a" });
  });

  it("of a helper may be a token, or none", async () => {
    await helper("store", `echo '{"ServerURL":"x","Username":"<token>","Secret":"t"}'`);
    await helper("empty", "echo credentials not found in native keychain; exit 1");
    await configure({ credsStore: "store", credHelpers: { "none.example": "empty", "file.example": "" } });
    expect((await login("x.example/y")).auth).toEqual({ identitytoken: "t", serveraddress: "x.example" });
    expect(await login("none.example/y")).toEqual({ host: "none.example" });
    expect(await login("file.example/y")).toEqual({ host: "file.example" });
  });

  it("does not wait for ever for a helper, and stops it when it is cancelled", async () => {
    await helper("slow", "exec tail -f /dev/null");
    expect(await askCredentialHelper("slow", "x", surroundings(), undefined, 50)).toEqual({
      problem: "docker-credential-slow did not answer within 0.05 s",
    });
    const controller = new AbortController();
    const asking = askCredentialHelper("slow", "x", surroundings(), controller.signal);
    controller.abort(new Error("enough"));
    await expect(asking).rejects.toThrow("enough");
  });

  it.each(["../evil", "a b", "x;y", "/bin/sh", ""])("runs no helper %j", async (name) => {
    expect(await askCredentialHelper(name, "x", surroundings())).toEqual({
      problem: "the name of its credential helper is malformed",
    });
  });
});
