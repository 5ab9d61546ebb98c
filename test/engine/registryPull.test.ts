import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { ensureImage } from "../../src/image/ensureImage.js";
import type { Engine, PullProgress } from "../../src/ports/engine.js";
import type { Logger } from "../../src/util/log.js";
import { eventually, rejection } from "../support/collect.js";
import { loadImage, noise } from "../support/platformImage.js";
import { registryMissing, startRegistry, ownAddress } from "../support/registry.js";
import type { Registry } from "../support/registry.js";
import { createRegistryUser } from "../support/registryUser.js";
import type { RegistryUser } from "../support/registryUser.js";
import { stallAfter } from "../support/stallingProxy.js";
import { testEndpoint, uniqueName } from "../support/testEngine.js";

const layerBytes = 12_000_000;

/** Real pulls by a real engine from real registries, with the logins of a Docker CLI that has a home of its own. */
describe.skipIf(registryMissing)(`pulls from a registry${registryMissing}`, () => {
  const repository = uniqueName("ac-pull");
  let user: RegistryUser;
  let open: Registry;
  let closed: Registry;
  let engine: Engine;
  let publicImage: string;
  let privateImage: string;
  let logged: string[] = [];

  const note = (line: string) => void logged.push(line);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const right = () => base64(`${closed.login.user}:${closed.login.password}`);
  const pull = (reference: string) => engine.pullImage(reference, () => undefined);
  const absent = async (reference: string) =>
    expect(await rejection(engine.inspectImage(reference))).toMatchObject({ code: "IMAGE_NOT_FOUND" });
  /** Pulls what is not there yet, and takes it away again. */
  const pulls = async (reference: string) => {
    await absent(reference);
    await pull(reference);
    await engine.removeImage(reference);
  };

  beforeAll(async () => {
    user = await createRegistryUser();
    [open, closed] = await Promise.all([startRegistry(), startRegistry({ auth: true })]);
    engine = createDockerEngine(testEndpoint(), { log, registryLogins: user.surroundings });
    publicImage = `${open.host}/${repository}:1`;
    privateImage = `${closed.host}/${repository}:1`;
    await user.configure({ auths: { [closed.host]: { auth: right() } } });
    for (const reference of [publicImage, privateImage]) {
      await loadImage(reference, await noise(layerBytes));
      await user.docker(["push", reference]);
      await user.docker(["rmi", reference]);
    }
  });
  beforeEach(async () => {
    logged = [];
    await user.configure({});
  });
  afterAll(async () => {
    engine.dispose();
    await Promise.all([open.close(), closed.close(), user.close()]);
  });

  it("tell of each layer with its bytes", async () => {
    const progress: PullProgress[] = [];
    await engine.pullImage(publicImage, (one) => progress.push(one));
    try {
      const loading = progress.filter(({ status }) => /^(Downloading|Extracting)$/.test(status));
      expect(loading.map(({ status }) => status)).toEqual(
        expect.arrayContaining(["Downloading", "Extracting"]) as string[],
      );
      for (const { layer, totalBytes } of loading) {
        expect(layer).toMatch(/^[0-9a-f]{12}$/);
        expect(totalBytes).toBeGreaterThan(layerBytes);
      }
      expect(loading.at(-1)?.currentBytes).toBe(loading.at(-1)?.totalBytes);
      expect(progress.map(({ status }) => status)).toContain("Pull complete");
    } finally {
      await engine.removeImage(publicImage);
    }
  });

  it("follow missing, never and always; what is there needs no registry", async () => {
    const short = await startRegistry();
    const reference = `${short.host}/${repository}:2`;
    try {
      await loadImage(reference, await noise(1000));
      await user.docker(["push", reference]);
      const first = await engine.inspectImage(reference);
      // Another one under the same name, only here.
      await loadImage(reference, await noise(1000));
      const second = await engine.inspectImage(reference);
      expect((await ensureImage(engine, reference, { pull: "missing" })).id).toBe(second.id);
      expect((await ensureImage(engine, reference, { pull: "never" })).id).toBe(second.id);
      expect((await ensureImage(engine, reference, { pull: "always" })).id).toBe(first.id);
      await user.docker(["rmi", second.id]);
    } finally {
      await short.close();
    }
    expect((await ensureImage(engine, reference, { pull: "missing" })).tags).toContain(reference);
    expect(await rejection(ensureImage(engine, reference, { pull: "always" }))).toMatchObject({
      code: "REGISTRY_UNREACHABLE",
    });
    await engine.removeImage(reference);
    expect(await rejection(ensureImage(engine, reference, { pull: "never" }))).toMatchObject({
      code: "IMAGE_NOT_FOUND",
    });
  });

  it("that are cancelled in the middle leave nothing, and the engine stops", async () => {
    const proxy = await stallAfter(Number(open.host.split(":")[1]), layerBytes / 2);
    const reference = `127.0.0.1:${proxy.port}/${repository}:1`;
    try {
      const controller = new AbortController();
      const reason = new Error("enough");
      const work = engine.pullImage(
        reference,
        ({ currentBytes = 0 }) => {
          if (currentBytes > 0) controller.abort(reason);
        },
        controller.signal,
      );
      await expect(work).rejects.toBe(reason);
      await eventually("the engine to leave", () => proxy.open === 0);
      await absent(reference);
    } finally {
      await proxy.close();
    }
  });

  describe("with a login", () => {
    it("of auths, of its older form, and of DOCKER_AUTH_CONFIG", async () => {
      await user.configure({ auths: { [closed.host]: { auth: right() } } });
      await pulls(privateImage);
      await user.configure({ auths: { [`https://${closed.host}/v1/`]: { auth: right() } } });
      await pulls(privateImage);
      await user.configure({ auths: { [closed.host]: { auth: base64("tester:wrong") } } });
      const env = {
        ...user.surroundings.env,
        DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [closed.host]: { auth: right() } } }),
      };
      const other = createDockerEngine(testEndpoint(), {
        log,
        registryLogins: { ...user.surroundings, env },
      });
      await other.pullImage(privateImage, () => undefined);
      await other.removeImage(privateImage);
      other.dispose();
      expect(logged.join("\n")).not.toContain(closed.login.password);
    });

    it("that the real docker login has stored", async () => {
      await user.docker(
        ["login", "--username", closed.login.user, "--password-stdin", closed.host],
        closed.login.password,
      );
      await pulls(privateImage);
    });

    it("of a helper, of its own or for all, which gets the registry on stdin and nothing in its arguments", async () => {
      const { login, host } = closed;
      const asked = join(user.home, "asked");
      const answer = JSON.stringify({ ServerURL: host, Username: login.user, Secret: login.password });
      await user.helper("good", `echo "$*" >>${asked}; cat >>${asked}; echo '${answer}'`);
      await user.helper("bad", "echo 'credentials not found in native keychain'; exit 1");
      await user.configure({ credsStore: "good", auths: { [host]: {} } });
      await pulls(privateImage);
      expect(await readFile(asked, "utf8")).toBe(`get\n${host}`);
      await user.configure({ credsStore: "bad", credHelpers: { [host]: "good" } });
      await pulls(privateImage);
      expect(logged.join("\n")).not.toContain(login.password);
    });

    it("is asked for only where something is pulled", async () => {
      const asked = join(user.home, "asked-in-vain");
      await user.helper("spy", `touch ${asked}; exit 1`);
      await user.configure({ credsStore: "spy" });
      const present = `${open.host}/${uniqueName("ac-present")}:1`;
      await loadImage(present, await noise(1000));
      await ensureImage(engine, present);
      await expect(access(asked)).rejects.toThrow("ENOENT");
      await engine.removeImage(present);
      await pulls(publicImage);
      await access(asked);
    });
  });

  describe("fail with one clear error", () => {
    it("without a login", async () => {
      const error = await rejection(pull(privateImage));
      expect(error).toMatchObject({
        code: "REGISTRY_AUTH",
        remedy: expect.stringContaining(`docker login ${closed.host}`) as string,
        message: expect.stringContaining("without a login") as string,
      });
      await absent(privateImage);
    });

    it("with a wrong password, which is told nowhere", async () => {
      const wrong = uniqueName("wrong");
      await user.configure({ auths: { [closed.host]: { auth: base64(`tester:${wrong}`) } } });
      const error = await rejection(pull(privateImage));
      expect(error).toMatchObject({
        code: "REGISTRY_AUTH",
        message: expect.stringContaining("refuses the login of tester") as string,
        remedy: expect.stringContaining(`docker login ${closed.host}`) as string,
      });
      expect(JSON.stringify(error) + logged.join("\n")).not.toContain(wrong);
    });

    it.each([
      ["echo 'the key ring is locked'; exit 1", "docker-credential-odd failed: the key ring is locked"],
      ["echo nonsense", "docker-credential-odd gave no login that can be read"],
    ])("where the helper does %j", async (script, says) => {
      await user.helper("odd", script);
      await user.configure({ credsStore: "odd" });
      expect(await rejection(pull(privateImage))).toMatchObject({
        code: "REGISTRY_AUTH",
        message: expect.stringContaining(says) as string,
      });
      expect(logged.join("\n")).toContain(says);
      // It may be that no login is needed.
      await pulls(publicImage);
    });

    it("where the helper is not there, or the configuration is malformed", async () => {
      await user.configure({ credsStore: "nobody-has-this" });
      expect(await rejection(pull(privateImage))).toMatchObject({
        message: expect.stringContaining("docker-credential-nobody-has-this is not installed") as string,
      });
      await user.configure("{ not json: secret");
      const error = await rejection(pull(privateImage));
      expect(error).toMatchObject({ message: expect.stringContaining("config.json is malformed") as string });
      expect(error.message).not.toContain("secret");
      await pulls(publicImage);
    });

    it("for a tag and for a repository that are not there", async () => {
      for (const name of [`${repository}:other`, "nothing/here:1"]) {
        expect(await rejection(pull(`${open.host}/${name}`))).toMatchObject({
          code: "IMAGE_NOT_FOUND",
          field: "image",
        });
      }
    });

    it("where it speaks plain HTTP, or TLS that nobody trusts", async () => {
      const [plain, tls] = await Promise.all([
        startRegistry({ address: ownAddress() }),
        startRegistry({ address: ownAddress(), tls: true }),
      ]);
      try {
        expect(await rejection(pull(`${plain.host}/x:1`))).toMatchObject({
          code: "REGISTRY_UNREACHABLE",
          remedy: expect.stringContaining("insecure-registries") as string,
        });
        expect(await rejection(pull(`${tls.host}/x:1`))).toMatchObject({
          code: "REGISTRY_UNREACHABLE",
          remedy: expect.stringContaining(`/etc/docker/certs.d/${tls.host}/ca.crt`) as string,
        });
      } finally {
        await Promise.all([plain.close(), tls.close()]);
      }
    });
  });

  it("take the image of the platform that is asked for", async () => {
    const name = `${open.host}/${repository}`;
    for (const arch of ["amd64", "arm64"]) {
      await loadImage(`${name}:${arch}`, await noise(1000), arch);
      await user.docker(["push", `${name}:${arch}`]);
    }
    await user.docker(["manifest", "create", "--insecure", `${name}:both`, `${name}:amd64`, `${name}:arm64`]);
    await user.docker(["manifest", "push", "--insecure", `${name}:both`]);
    const get = async (platform?: string) =>
      (await ensureImage(engine, `${name}:both`, { platform })).architecture;
    expect(await get()).toBe("amd64");
    // There, but for another platform.
    expect(await get("linux/arm64")).toBe("arm64");
    expect(await get("linux/arm64/v8")).toBe("arm64");
    expect(await get("linux/amd64")).toBe("amd64");
    expect(await rejection(get("linux/s390x"))).toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining("for this platform") as string,
    });
    // One image alone: the registry gives it, whatever was asked for.
    expect(await rejection(ensureImage(engine, `${name}:amd64`, { platform: "linux/arm64" }))).toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining("is for linux/amd64, not for linux/arm64") as string,
    });
    for (const tag of ["amd64", "arm64", "both"]) await engine.removeImage(`${name}:${tag}`);
  });
});
