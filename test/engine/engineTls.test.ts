import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Endpoint, TlsFiles } from "../../src/model/endpoint.js";
import { nullLogger } from "../../src/util/log.js";
import { createRig } from "../contract/rig.js";
import { collector, rejection } from "../support/collect.js";
import { startTlsEngine, type TlsEngineRig } from "../support/tlsEngine.js";

/** The real engine behind TLS that wants a client certificate, as dockerd's --tlsverify has it. */
describe("tcp with TLS", () => {
  let tlsEngine: TlsEngineRig;
  const file = (name: string) => tlsEngine.file(name);

  beforeAll(async () => {
    tlsEngine = await startTlsEngine();
  });
  afterAll(() => tlsEngine.stop());

  const engineWith = (tls: TlsFiles | undefined, host = "127.0.0.1") => {
    const { port } = tlsEngine;
    const endpoint: Endpoint = { kind: "tcp", host, port, ...(tls && { tls }) };
    return createDockerEngine(endpoint, { log: nullLogger });
  };
  const client = () => ({ cert: file("client.pem"), key: file("client-key.pem") });
  const failure = async (tls: TlsFiles | undefined, host?: string) => {
    const engine = engineWith(tls, host);
    const error = await rejection(engine.ping());
    engine.dispose();
    return error;
  };

  it("works with the right certificates, streams and input included", async () => {
    const engine = engineWith({ ca: file("ca.pem"), ...client(), verify: true });
    const rig = createRig(engine);
    try {
      expect((await engine.ping()).apiVersion).toMatch(/^1\./);
      const id = await rig.running();
      const out = collector();
      await engine.exec(id, { command: ["cat"], stdin: Buffer.from("through TLS"), stdout: out.stream });
      expect(out.text()).toBe("through TLS");
    } finally {
      await rig.cleanUp();
      engine.dispose();
    }
  });

  it("works without verifying the server, where that is asked for", async () => {
    const engine = engineWith({ ...client(), verify: false });
    expect((await engine.ping()).apiVersion).toMatch(/^1\./);
    engine.dispose();
  });

  it("ENGINE_TLS for an unknown authority, another host's certificate, and none of ours", async () => {
    expect(await failure({ ca: file("other.pem"), ...client(), verify: true })).toMatchObject({
      code: "ENGINE_TLS",
    });
    expect(await failure({ ca: file("ca.pem"), ...client(), verify: true }, "localhost")).toMatchObject({
      code: "ENGINE_TLS",
    });
    expect(await failure({ ca: file("ca.pem"), verify: true })).toMatchObject({ code: "ENGINE_TLS" });
    expect(await failure({ ca: file("client.csr"), ...client(), verify: true })).toMatchObject({
      code: "ENGINE_TLS",
    });
  });

  it("never hangs where plain HTTP meets TLS", async () => {
    expect(await failure(undefined)).toMatchObject({ name: "AgentError" });
  });
});
