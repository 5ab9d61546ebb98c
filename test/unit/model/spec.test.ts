import { describe, expect, it } from "vitest";
import { isAgentError } from "../../../src/model/errors.js";
import { parseSpec } from "../../../src/model/spec.js";

function refusal(input: unknown): { field: string | undefined; message: string; code: string } {
  try {
    parseSpec(input);
  } catch (error) {
    if (isAgentError(error)) return { field: error.field, message: error.message, code: error.code };
    throw error;
  }
  throw new Error("was accepted");
}

describe("parseSpec", () => {
  it("takes nothing at all, and fills in the defaults", () => {
    expect(parseSpec({})).toMatchObject({
      type: "command",
      pull: "missing",
      user: "agent",
      idleTimeout: 800,
      workspace: { mode: "none" },
      restart: "no",
      env: {},
      tags: {},
    });
  });

  it("takes a Dockerfile by its path, or with its context and flags", () => {
    expect(parseSpec({ dockerfile: "a/Dockerfile" }).dockerfile).toEqual({ path: "a/Dockerfile", args: [] });
    const whole = { path: "a", context: "b", args: ["--pull"] };
    expect(parseSpec({ dockerfile: whole }).dockerfile).toEqual(whole);
  });

  it.each([
    ["dockerfile", { dockerfile: "a", image: "b" }],
    ["dockerfile", { dockerfile: 1 }],
    ["dockerfile", { dockerfile: "" }],
    ["dockerfile.path", { dockerfile: { path: "" } }],
    ["dockerfile.args", { dockerfile: { path: "a", args: "--pull" } }],
    ["dockerfile.tag", { dockerfile: { path: "a", tag: "b" } }],
    ["pull", { dockerfile: "a", pull: "never" }],
  ])("refuses %s in %j", (field, input) => {
    expect(refusal(input)).toMatchObject({ field, code: "SPEC_INVALID" });
  });

  it("reads memory as Docker does", () => {
    expect(parseSpec({ memory: "512m" }).memory).toBe(512 * 1024 ** 2);
    expect(parseSpec({ memory: "1.5g" }).memory).toBe(1.5 * 1024 ** 3);
    expect(parseSpec({ memory: 7_000_000.9 }).memory).toBe(7_000_000);
  });

  it.each([
    ["memory", { memory: "lots" }],
    ["memory", { memory: "-1g" }],
    ["memory", { memory: "1m" }],
    ["name", { name: "with space" }],
    ["envFile", { envFile: "" }],
    ["envFile", { envFile: 3 }],
    ["secrets.A", { secrets: { A: "the secret itself" } }],
    ["secrets.A", { secrets: { A: { file: "a", env: "B" } } }],
    ["secrets.two words", { secrets: { "two words": { env: "A" } } }],
    ["secrets.PATH", { secrets: { PATH: { env: "A" } } }],
    ["tailscale", { tailscale: false }],
    ["tailscale.authKey", { tailscale: { authKey: "" } }],
    ["tailscale.hostname", { tailscale: { hostname: "two words" } }],
    ["tailscale.args.0", { tailscale: { args: ["--authkey=tskey"] } }],
    ["tailscale.args.0", { tailscale: { args: ["up"] } }],
    ["name", { name: "-a" }],
    ["name", { name: "a" }],
    ["name", { name: "x".repeat(64) }],
    ["cpus", { cpus: 0 }],
    ["cpus", { cpus: "two" }],
    ["env.A=B", { env: { "A=B": "c" } }],
    ["env.A", { env: { A: 1 } }],
    ["ports.0.port", { ports: [{ port: 0 }] }],
    ["ports.0.hostport", { ports: [{ port: 80, hostport: 80 }] }],
    ["ports.0.port", { ports: [{ port: 70_000 }] }],
    ["gpu", { gpu: "all" }],
    ["gpu.count", { gpu: { count: 0 } }],
    ["workspace.mode", { workspace: { mode: "teleport" } }],
    ["workspace.source", { workspace: { mode: "copy" } }],
    ["user", { user: "Bob Smith" }],
    ["idleTimeout", { idleTimeout: -1 }],
    ["labels.com.imbue.mngr.agent-id", { labels: { "com.imbue.mngr.agent-id": "x" } }],
    ["nmae", { nmae: "web" }],
  ])("refuses %s and names it", (field, input) => {
    const refused = refusal(input);
    expect(refused).toMatchObject({ code: "SPEC_INVALID", field });
    expect(refused.message).toContain(`"${field}"`);
  });

  it("says what a field takes", () => {
    expect(refusal({ memory: "lots" }).message).toBe('"memory" takes bytes, or a size like 512m or 2g.');
    expect(refusal({ ports: [{ port: 0 }] }).message).toBe('"ports.0.port" takes a port from 1 to 65535.');
    expect(refusal({ gpu: { count: 0 } }).message).toBe('"gpu.count" takes 1 or more GPUs.');
    expect(refusal({ nmae: "web" }).message).toBe('"nmae" is not a field.');
  });

  it("refuses what is no object", () => {
    expect(refusal("web").code).toBe("SPEC_INVALID");
    expect(refusal(null).code).toBe("SPEC_INVALID");
  });
});
