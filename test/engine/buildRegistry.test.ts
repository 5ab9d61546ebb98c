import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBuildRig, type BuildRig } from "../support/buildRig.js";
import { rejection } from "../support/collect.js";
import { startFakeRegistry, type FakeRegistry } from "../support/fakeRegistry.js";
import { testEndpoint } from "../support/testEngine.js";

const login = { username: "user", password: "pass-word" };
const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;

/** The registry behind a door that asks for a login. */
async function startDoor(to: FakeRegistry): Promise<{ server: Server; host: string }> {
  const server = createServer((asked, answer) => {
    if (asked.headers.authorization !== expected) {
      answer.writeHead(401, { "WWW-Authenticate": 'Basic realm="test"' }).end();
      return;
    }
    const { method, url, headers } = asked;
    const onward = request(`http://${to.host}${url ?? "/"}`, { method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      given.pipe(answer);
    });
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe.each([true, false])("a base image behind a login, BuildKit %s", (buildKit) => {
  let rig: BuildRig;
  let registry: FakeRegistry;
  let door: Awaited<ReturnType<typeof startDoor>>;

  beforeEach(async () => {
    rig = await createBuildRig(testEndpoint(), buildKit ? {} : { DOCKER_BUILDKIT: "0" });
    registry = await startFakeRegistry();
    door = await startDoor(registry);
    await rig.write({ Dockerfile: `FROM ${door.host}/good:1\nLABEL salt=${rig.salt}\n` });
  });
  afterEach(async () => {
    await rig.dispose();
    await rig.engine.removeImage(`${door.host}/good:1`).catch(() => undefined);
    door.server.closeAllConnections();
    door.server.close();
    await registry.close();
  });

  it("is fetched with the login of its registry", async () => {
    const image = await rig.build({}, { logins: { [door.host]: login } });
    expect(image.labels).toMatchObject({ from: "fake-registry", salt: rig.salt });
    expect(rig.lines.join("\n")).not.toContain(login.password);
  });

  it("is refused without it, or with another", async () => {
    for (const logins of [{}, { [door.host]: { ...login, password: "wrong" } }]) {
      const error = await rejection(rig.build({}, { logins }));
      expect(error).toMatchObject({ code: "REGISTRY_AUTH" });
      expect(error.message).toContain(`${door.host}/good:1`);
    }
  });
});
