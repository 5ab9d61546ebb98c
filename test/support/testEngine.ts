import { randomBytes } from "node:crypto";
import type { Endpoint } from "../../src/model/endpoint.js";
import { parseEndpoint } from "../../src/model/endpoint.js";

/** The image that every test engine has. */
export const baseImage = "debian:bookworm-slim";

/** The real engine that tests run on. Fails where there is none: a test that needs it must not be skipped unseen. */
export function testEndpoint(): Endpoint {
  const text = process.env.AGENT_CONTAINERS_TEST_ENGINE;
  if (!text) {
    throw new Error(
      "AGENT_CONTAINERS_TEST_ENGINE is not set. It names the engine for tests, as DOCKER_HOST would: " +
        "AGENT_CONTAINERS_TEST_ENGINE=unix:///var/run/docker.sock npx vitest run",
    );
  }
  return parseEndpoint(text);
}

/** The path of the test engine's socket, for tests that put something in between. */
export function testSocketPath(): string {
  const endpoint = testEndpoint();
  if (endpoint.kind !== "unix") throw new Error("these tests need an engine on a unix socket");
  return endpoint.path;
}

/** A name that no other test has, which is also usable as a label's value. */
export function uniqueName(prefix = "ac-test"): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}
