import { describe, expect, it } from "vitest";
import { freeName, projectIdOf, unnamedAgent } from "../../../src/model/agentName.js";
import { parseEndpoint, renderEndpoint } from "../../../src/model/endpoint.js";
import { AgentError, isAgentError, toAgentError } from "../../../src/model/errors.js";
import { explainExit } from "../../../src/model/exit.js";
import { parseBytes, renderBytes } from "../../../src/model/size.js";
import { resolveTarget } from "../../../src/model/target.js";

describe("parseBytes", () => {
  it.each([
    ["512", 512],
    ["512b", 512],
    ["1k", 1024],
    ["1KiB", 1024],
    ["2 g", 2 * 1024 ** 3],
    [".5g", 0.5 * 1024 ** 3],
    ["1.5m", 1.5 * 1024 ** 2],
  ])("reads %s", (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(["", "lots", "-1", "1ki", "0x10", "1  g", "g", "1gg"])("does not read %j", (text) =>
    expect(parseBytes(text)).toBeUndefined(),
  );

  it("is rendered for people", () => {
    expect(renderBytes(2 * 1024 ** 3)).toBe("2 GB");
    expect(renderBytes(1.5 * 1024 ** 2)).toBe("1.5 MB");
    expect(renderBytes(0)).toBe("0 B");
  });
});

describe("names", () => {
  it("of a project are safe in a container's name", () => {
    expect(projectIdOf("/home/me/My Shop (new)")).toBe("my-shop-new");
    expect(projectIdOf("C:\\work\\shop")).toBe("shop");
    expect(projectIdOf("/")).toBe("agent");
    expect(projectIdOf("/tmp/日本")).toBe("agent");
    expect(unnamedAgent("shop", 1732147200000)).toBe("debug-host-shop-1732147200000");
  });

  it("that are free are found", () => {
    expect(freeName("web", new Set(["web", "web-2"]))).toBe("web-3");
    expect(freeName("x".repeat(63), new Set())).toHaveLength(60);
  });
});

describe("endpoints", () => {
  it.each([
    "unix:///var/run/docker.sock",
    "tcp://example.test:2376",
    "ssh://me@example.test:2222",
    "tcp://[::1]:1",
  ])("%s comes back", (text) => expect(renderEndpoint(parseEndpoint(text))).toBe(text));

  it.each(["", "docker", "unix://relative", "ftp://x", "ssh://me:secret@x", "tcp://"])(
    "refuses %j",
    (text) => {
      expect(() => parseEndpoint(text)).toThrowError(expect.objectContaining({ code: "ENGINE_NOT_FOUND" }));
    },
  );
});

describe("explainExit", () => {
  it.each([
    [{ code: 0 }, "ours", "stopped", "Stopped by Agent Containers."],
    [{ code: 0 }, "stop", "stopped", "Stopped on request (docker stop)."],
    [{ code: 137 }, "kill", "stopped", "Killed on request (docker kill)."],
    [{ code: 0 }, "self", "stopped", "Ended itself (code 0)."],
    [{ code: 3 }, "self", "exited", "Ended unexpectedly with code 3."],
    [{ code: 137 }, "self", "exited", "Killed by KILL (code 137)."],
    [{ code: 137, oomKilled: true }, "self", "exited", "Out of memory (code 137)."],
    [{ code: 137, oomKilled: true }, "stop", "stopped", "Stopped on request (docker stop)."],
    [{ code: 137 }, "away", "exited", "Ended while the engine was away or restarting (code 137)."],
    [{ code: 0 }, "unknown", "stopped", "Ended with code 0."],
    [{ code: 143 }, "unknown", "stopped", "Stopped by TERM."],
    [{ code: 137 }, "unknown", "exited", "Killed by KILL (code 137)."],
    [{ code: 128, error: "no such file" }, "self", "failed", "no such file"],
  ] as const)("%j by %s is %s: %s", (facts, ending, state, reason) => {
    expect(explainExit(facts, ending)).toMatchObject({ state, exit: { code: facts.code, reason } });
  });
});

describe("resolveTarget", () => {
  const agents = [
    { id: "agent-aaaa1111", name: "web", containerId: "c0ffee00" },
    { id: "agent-aaaa2222", name: "api", containerId: "deadbeef" },
  ];
  const codeOf = (target: string) => {
    try {
      return resolveTarget(agents, target).name;
    } catch (error) {
      return isAgentError(error) ? error.code : String(error);
    }
  };

  it("takes a name, an id, and a unique start of an id", () => {
    expect(codeOf("web")).toBe("web");
    expect(codeOf("agent-aaaa2222")).toBe("api");
    expect(codeOf("aaaa2")).toBe("api");
    expect(codeOf("deadb")).toBe("api");
  });

  it("says when it means none or several", () => {
    expect(codeOf("nope")).toBe("NOT_FOUND");
    expect(codeOf("")).toBe("NOT_FOUND");
    expect(codeOf("aaa")).toBe("NOT_FOUND");
    expect(codeOf("aaaa")).toBe("AMBIGUOUS");
  });
});

describe("errors", () => {
  it("become ours, whatever was thrown", () => {
    const own = new AgentError("NO_SPACE", "Full.");
    expect(toAgentError(own)).toBe(own);
    expect(toAgentError(new DOMException("stop", "AbortError")).code).toBe("CANCELLED");
    expect(toAgentError("boom")).toMatchObject({ code: "INTERNAL" });
  });

  it("leave the cause out of their JSON", () => {
    const error = new AgentError("NO_SPACE", "Full.", { cause: new Error("token=hunter2") });
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });
});
