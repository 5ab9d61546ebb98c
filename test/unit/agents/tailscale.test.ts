import { expect, it } from "vitest";
import { explainDevice, tailscaleArguments, tailscaleHostConfig } from "../../../src/agents/tailscale.js";
import { AgentError } from "../../../src/model/errors.js";
import { parseSpec } from "../../../src/model/spec.js";

const tailscale = parseSpec({ tailscale: true });
const plain = parseSpec({});
/** As Docker 20.10 and 28.5 say it. */
const words =
  'The container could not be started: error gathering device information while adding custom device "/dev/net/tun": no such file or directory.';

it("is NET_ADMIN and the device, and nothing without it", () => {
  const device = "/dev/net/tun";
  expect(tailscaleHostConfig(tailscale)).toEqual({
    CapAdd: ["NET_ADMIN"],
    Devices: [{ PathOnHost: device, PathInContainer: device, CgroupPermissions: "rwm" }],
  });
  expect(tailscaleHostConfig(plain)).toEqual({});
  expect(tailscaleArguments(plain)).toBeUndefined();
});

it("says that the engine's host has no such device, and leaves every other error alone", () => {
  const error = new AgentError("START_FAILED", words);
  expect(explainDevice(tailscale, error)).toMatchObject({
    code: "UNSUPPORTED",
    field: "tailscale",
    cause: error,
  });
  expect(explainDevice(plain, error)).toBe(error);
  const other = new AgentError("PORT_CONFLICT", words);
  expect(explainDevice(tailscale, other)).toBe(other);
});
