import { describe, expect, it } from "vitest";
import { renderAgent, renderAgents } from "../../../src/app/renderResult.js";
import { resolveTarget } from "../../../src/model/target.js";
import { createAgentRows } from "../../../src/store/rows.js";
import { emptyState, type Entry } from "../../../src/store/state.js";
import { agentItem } from "../../../src/vscode/agentItem.js";
import { targetOf } from "../../../src/vscode/call.js";
import { english } from "../../../src/vscode/text.js";
import { anAgent, aRow } from "./rows.js";

const hostile = [
  "two\nlines\r\nand more",
  "[click](command:workbench.action.quit) **bold** `code`",
  "<img src=x onerror=alert(1)><a href='command:x'>y</a>",
  "\u001b]0;title\u0007\u001b[31mred\u001b[2J\u009b31m",
  "abc\u202egnp.exe\u2066\u200f",
  "$(command:x) $(trash) %s %d {0} ${env:HOME}",
  "x".repeat(100_000),
];
/** What a terminal obeys, and what turns the words around it. */
// eslint-disable-next-line no-control-regex -- they are what it looks for
const active = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe("what containers say of themselves", () => {
  it.each(hostile.map((text) => [JSON.stringify(text).slice(0, 40), text]))("%s is only text", (_, text) => {
    const agent = anAgent({
      image: text,
      stateReason: text,
      type: text,
      state: "invalid",
      tags: { [text]: text },
      workspaceFolder: text,
    });
    const { tooltip, description, label } = agentItem(aRow(agent), 0, english);
    expect(tooltip).not.toMatch(active);
    expect(tooltip).not.toMatch(/(^|[^\\])(<|\]\(|\$\(|\*[^*\n]*\]\()/);
    expect(tooltip.split("  \n").every((line) => !line.includes("\n"))).toBe(true);
    expect(tooltip.length).toBeLessThan(8000);
    expect(description + label).not.toMatch(active);
    expect(description).not.toContain("\n");
    expect(description.length).toBeLessThan(400);
    for (const printed of [renderAgents([agent]), renderAgent(agent)]) expect(printed).not.toMatch(active);
    // One line of columns for each agent, whatever its labels hold.
    expect(renderAgents([agent]).trimEnd().split("\n")).toHaveLength(2);
  });

  it("tags beyond all measure do not fill the screen", () => {
    const tags = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`t${n}`, "x"]));
    expect(agentItem(aRow({ tags }), 0, english).tooltip.split("\n").length).toBeLessThan(40);
  });

  it("two containers with one id are both shown, flagged, and meant by their containers", () => {
    const entry = (id: string): Entry => ({
      facts: {
        id,
        name: `copy-${id.slice(0, 1)}`,
        image: "x",
        status: "running",
        createdAt: new Date(0),
        labels: {},
        ports: [],
        networks: {},
        mounts: [],
      },
      hasKey: false,
      login: { kind: "unknown" },
      ending: "unknown",
    });
    const [one, two] = ["a".repeat(64), "b".repeat(64)];
    const entries = new Map([one, two].map((id) => [id, entry(id)]));
    const engines = new Map([["e", { name: "e", link: { kind: "live" as const }, health: null, entries }]]);
    const rows = createAgentRows((_, { facts }) =>
      anAgent({ id: "agent-same", name: facts.name, containerId: facts.id }),
    )({ ...emptyState, engines });
    expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
    expect(new Set(rows.map((row) => agentItem(row, 0, english).id)).size).toBe(2);
    for (const row of rows) {
      expect(agentItem(row, 0, english).description).toContain("same agent id");
      expect(
        resolveTarget(
          rows.map(({ agent }) => agent),
          targetOf(row),
        ),
      ).toBe(row.agent);
    }
    const agents = rows.map(({ agent }) => agent);
    expect(() => resolveTarget(agents, "agent-same")).toThrow(/copy-a \(a{12}\), copy-b \(b{12}\)/);
  });
});
