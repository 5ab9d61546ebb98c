import { describe, expect, it } from "vitest";
import { isAgentError } from "../../../src/model/errors.js";
import { parseLabels, renderLabels } from "../../../src/model/labels.js";
import { renderSession } from "../../../src/model/sessionSpec.js";
import { parseSpec } from "../../../src/model/spec.js";
import { parsePanes } from "../../../src/model/tmuxPanes.js";

const command = ["sleep", "1"];

function fieldRefused(sessions: unknown): string | undefined {
  try {
    parseSpec({ sessions });
  } catch (error) {
    if (isAgentError(error, "SPEC_INVALID")) return error.field;
    throw error;
  }
  throw new Error("was accepted");
}

describe("the field sessions", () => {
  it("takes names, commands, folders and variables", () => {
    const sessions = [
      { name: "a", command, cwd: "/x y", env: { A: "b\nc" } },
      { name: `0${"z".repeat(30)}`, command: ["x", "", "-"] },
    ];
    expect(parseSpec({ sessions }).sessions).toEqual(sessions);
    expect(parseSpec({}).sessions).toEqual([]);
  });

  it.each([
    ["sessions", "a=b"],
    ["sessions.0.name", [{ command }]],
    ["sessions.0.name", [{ name: "main", command }]],
    ["sessions.0.name", [{ name: "-a", command }]],
    ["sessions.0.name", [{ name: "../a", command }]],
    ["sessions.0.name", [{ name: "a".repeat(32), command }]],
    [
      "sessions.1.name",
      [
        { name: "a", command },
        { name: "a", command },
      ],
    ],
    ["sessions.0.command", [{ name: "a" }]],
    ["sessions.0.command", [{ name: "a", command: [] }]],
    ["sessions.0.command", [{ name: "a", command: "sleep 1" }]],
    ["sessions.0.command", [{ name: "a", command: [""] }]],
    ["sessions.0.command.1", [{ name: "a", command: ["a", "b\0"] }]],
    ["sessions.0.cwd", [{ name: "a", command, cwd: "" }]],
    ["sessions.0.env.A-B", [{ name: "a", command, env: { "A-B": "" } }]],
    ["sessions.0.env.A", [{ name: "a", command, env: { A: 1 } }]],
    ["sessions.0.shell", [{ name: "a", command, shell: true }]],
  ])("names %s where it refuses %j", (field, sessions) => {
    expect(fieldRefused(sessions)).toBe(field);
  });

  it("is in the labels without its variables, and its names come back", () => {
    const spec = parseSpec({ sessions: [{ name: "a", command, env: { KEY: "hush" } }] });
    const agent = {
      agentId: "1",
      name: "x",
      type: "command",
      tags: {},
      parentId: null,
      createdAt: "",
      user: "agent",
      workspaceFolder: "/app",
      sessions: ["a"],
    };
    const labels = renderLabels(agent, spec);
    expect(JSON.stringify(labels)).not.toMatch(/KEY|hush/);
    const read = parseLabels(labels);
    expect(read.ok && read.value.sessions).toEqual(["a"]);
    const none = parseLabels(renderLabels({ ...agent, sessions: undefined }, parseSpec({})));
    expect(none.ok && none.value.sessions).toBeUndefined();
  });
});

it("a definition has a line for each argument, whatever is in it", () => {
  const text = renderSession({ name: "a", command: ["x", "1\n2", "\\n"], cwd: "/", env: { A: "=\n" } });
  expect(text).toBe("cwd=/\nenv=A==\\n\nargument=x\nargument=1\\n2\nargument=\\\\n\n");
});

describe("what tmux says of its panes", () => {
  it("is read as states, of the first pane of a session", () => {
    const at = "1970-01-01T00:00:10.000Z";
    const text = [
      "a:%3:1:2:::10",
      "a:%1:0::::10",
      "b:%2:1:0::10:5",
      "c:%4:1::9:10:5",
      "d:%5:1::::5",
      ":%6:0::::5",
    ].join("\n");
    expect([...parsePanes(text).values()]).toEqual([
      { name: "a", state: "running", since: at },
      { name: "b", state: "done", exitCode: 0, reason: "Ended with exit code 0.", since: at },
      { name: "c", state: "done", reason: "Ended by signal 9.", since: at },
      { name: "d", state: "done" },
    ]);
  });

  it("is nothing where it is something else", () => {
    for (const text of ["", "no server running on /tmp/tmux-1000/default\n", "a\nb:c\n::::::", "x:%y:1"]) {
      expect([...parsePanes(text)]).toEqual([]);
    }
    expect(parsePanes("a:%1:0::::9e99").get("a")).toEqual({ name: "a", state: "running" });
  });
});
