import { expect, test } from "vitest";
import {
  attachedContainerAuthority,
  decideHandOff,
  remoteSshProviders,
} from "../../../src/vscode/providers.js";

const decide = (installed: readonly string[], uriScheme = "vscode", remoteName?: string) =>
  decideHandOff({ isInstalled: (id) => installed.includes(id), uriScheme, remoteName });

test.each(remoteSshProviders.map(({ extensionId }) => extensionId))("%s opens", (extensionId) => {
  expect(decide([extensionId])).toMatchObject({ kind: "open", provider: { extensionId } });
});

test("a fork's own comes before Microsoft's", () => {
  const both = ["ms-vscode-remote.remote-ssh", "jeanp413.open-remote-ssh"];
  expect(decide(both)).toMatchObject({ kind: "open", provider: { extensionId: "jeanp413.open-remote-ssh" } });
});

test.each([
  ["vscode", "ms-vscode-remote.remote-ssh", "install"],
  ["vscode-insiders", "ms-vscode-remote.remote-ssh", "install"],
  ["vscodium", "jeanp413.open-remote-ssh", "install"],
  ["code-oss", "jeanp413.open-remote-ssh", "install"],
  ["kiro", "jeanp413.open-remote-ssh", "install"],
  ["cursor", "anysphere.remote-ssh", "enable"],
  ["windsurf", "codeium.windsurf-remote-openssh", "enable"],
  ["antigravity", "google.antigravity-remote-openssh", "enable"],
])("in %s, %s is the one to %s", (scheme, extensionId, remedy) => {
  expect(decide([], scheme)).toMatchObject({
    kind: "missing",
    provider: { extensionId },
    remedy,
    canAttach: false,
  });
});

test("Dev Containers can attach where it is installed", () => {
  expect(decide(["ms-vscode-remote.remote-containers"])).toMatchObject({ kind: "missing", canAttach: true });
});

test("from another machine there is no hand-off, from a browser's server there is", () => {
  const installed = ["ms-vscode-remote.remote-ssh"];
  expect(decide(installed, "vscode", "ssh-remote").kind).toBe("elsewhere");
  expect(decide(installed, "vscode", "wsl").kind).toBe("elsewhere");
  expect(decide(installed, "vscode", "127.0.0.1:9000").kind).toBe("open");
});

test("the address of an attached container is its id in hexadecimal", () => {
  expect(attachedContainerAuthority("c0ffee")).toBe("attached-container+633066666565");
});
