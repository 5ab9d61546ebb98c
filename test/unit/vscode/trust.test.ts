import { expect, it } from "vitest";
import type { AgentSpecInput } from "../../../src/model/spec.js";
import { refuseUntrustedMounts } from "../../../src/vscode/trust.js";

const mounting: [field: string, spec: AgentSpecInput][] = [
  ["workspace.mode", { workspace: { mode: "bind", source: "/x" } }],
  ["mounts", { mounts: ["type=tmpfs,dst=/x"] }],
  ...[["-v", "/:/host"], ["--volume=/:/host"], ["--mount", "x"], ["--privileged"], ["--device=/dev/sda"]].map(
    (startArgs): [string, AgentSpecInput] => ["startArgs", { startArgs }],
  ),
];

it.each(mounting)("%s mounts nothing while the workspace is not trusted: %j", (field, spec) => {
  expect(() => refuseUntrustedMounts(spec, false)).toThrow(
    expect.objectContaining({ code: "MOUNT_INVALID", field }),
  );
  expect(() => refuseUntrustedMounts(spec, true)).not.toThrow();
});

it("lets through what mounts nothing", () => {
  const spec: AgentSpecInput = {
    mounts: [],
    startArgs: ["--cpus=1", "-e", "x=1"],
    workspace: { mode: "copy", source: "/x" },
  };
  expect(() => refuseUntrustedMounts(spec, false)).not.toThrow();
  expect(() => refuseUntrustedMounts({}, false)).not.toThrow();
});
