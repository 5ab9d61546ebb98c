import { expect, test } from "vitest";
import { agentItem, agentDescription, endpointItem } from "../../../src/vscode/agentItem.js";
import { english } from "../../../src/vscode/text.js";
import { aRow } from "./rows.js";

const now = Date.parse("2026-01-01T03:00:00.000Z");
const item = (row: ReturnType<typeof aRow>) => agentItem(row, now, english);
const operation = {
  agentId: "a",
  name: "fixer",
  engine: "e",
  verb: "create",
  stage: "Installing packages",
} as const;

test("a running agent that took a login is green, and says since when", () => {
  expect(item(aRow({ startedAt: "2026-01-01T02:00:00.000Z" }))).toMatchObject({
    label: "fixer",
    description: "running · 1 h",
    icon: { id: "circle-filled", color: "testing.iconPassed" },
    contextValue: "agent+running+key",
    accessibilityLabel: "Agent fixer, running · 1 h",
  });
});

test("what it uses stands in the row and the tooltip, and not in what a screen reader says", () => {
  const row = aRow({ startedAt: "2026-01-01T02:00:00.000Z" });
  const used = { cpuPercent: 12.4, memoryUsedMiB: 340.2, memoryLimitMiB: 2048 };
  const data = agentItem(row, now, english, undefined, undefined, used);
  expect(data.description).toBe("running · 12 % · 340 MiB · 1 h");
  expect(data.tooltip).toContain("Uses: 12 % CPU, 340 MiB of 2 GiB");
  expect(data.accessibilityLabel).toBe("Agent fixer, running · 1 h");
});

test("it spins until the login has succeeded", () => {
  const { icon, description } = item(aRow({}, { awaitingLogin: true }));
  expect(icon).toEqual({ id: "loading~spin" });
  expect(description).toBe("waiting for the login");
});

test("a verb under way shows its stage and takes the actions away", () => {
  const row = aRow({ state: "creating", stateReason: operation.stage, ssh: null }, { operation });
  expect(item(row)).toMatchObject({
    description: "Installing packages",
    icon: { id: "loading~spin" },
    contextValue: "agent+creating+busy",
  });
  expect(item(row).tooltip.match(/Installing/g)).toHaveLength(1);
});

test.each([
  ["stopped", "circle-outline", "stopped · 3 h"],
  ["paused", "debug-pause", "why · 3 h"],
  ["exited", "error", "why · 3 h"],
  ["failed", "error", "why · 3 h"],
  ["unhealthy", "warning", "why · 3 h"],
  ["invalid", "question", "why · 3 h"],
] as const)("%s has its icon and says why", (state, icon, description) => {
  const data = item(aRow({ state, stateReason: "why" }));
  expect(data.icon.id).toBe(icon);
  expect(data.description).toBe(description);
});

test("an agent that ended counts from its end", () => {
  const exit = { code: 1, oomKilled: false, reason: "x", at: "2026-01-01T02:58:00.000Z" };
  expect(agentDescription(aRow({ state: "exited", exit }), now, english)).toBe("exited · 2 min");
});

test("without a key there is nothing to log in with", () => {
  expect(item(aRow({ ssh: null })).contextValue).toBe("agent+running");
});

test("what an agent may do beyond its container is in its tooltip", () => {
  expect(item(aRow()).tooltip).not.toContain("Beyond");
  const { tooltip } = item(aRow({}, { rights: ["engine-socket", "host-pid"] }));
  expect(tooltip).toMatch(/Beyond its container: can use the Docker engine itself.*; sees the processes/);
});

test("text of a container cannot become a link, an image, HTML or a new line in the tooltip", () => {
  const { tooltip } = item(
    aRow({
      state: "exited",
      image: "https://evil.test/x",
      stateReason: "[click](command:evil) ![p](https://evil.test/p.png)\n# <b>big</b> $(trash)",
    }),
  );
  expect(tooltip).not.toMatch(/\[click\]\(|!\[|<b>|\n#|https:\/\/|(?<!\\)\$\(/);
  expect(tooltip).toContain("click");
});

test("ports say where they are reached, each with an id of its own", () => {
  const tcp = {
    type: "tcp",
    host: "127.0.0.1",
    port: 40080,
    containerPort: 80,
    url: "http://127.0.0.1:40080",
  } as const;
  const inside = {
    type: "docker-internal",
    host: "fixer",
    port: 80,
    containerPort: 80,
    url: "http://fixer:80",
  } as const;
  expect(endpointItem("a", tcp, english)).toMatchObject({
    label: "http://127.0.0.1:40080",
    description: "80/tcp",
  });
  expect(endpointItem("a", inside, english).label).toBe("fixer:80");
  expect(endpointItem("a", inside, english).id).not.toBe(endpointItem("a", tcp, english).id);
});

test("a container that was never started can be; what a create that failed left is a row alone", () => {
  expect(item(aRow({ state: "failed" })).contextValue).toBe("agent+unstarted+key");
  const error = { code: "IMAGE_NOT_FOUND", message: "m" } as const;
  const failure = { agentId: "a", name: "fixer", engine: "e", at: "", error };
  expect(item(aRow({ state: "failed", ssh: null }, { failure })).contextValue).toBe("agent+failed");
});

test("a row that does not stand below its engine names it", () => {
  const far = agentItem(aRow(), now, english, { away: false, engine: "big" });
  expect(far.description).toBe("running · 3 h · big");
});
