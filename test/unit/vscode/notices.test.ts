import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { claim } from "../../../src/vscode/claims.js";
import { EngineWatch } from "../../../src/vscode/engineWatch.js";
import { exitNotice, exitsNotice, lastLine } from "../../../src/vscode/exitText.js";
import { ExitWatch } from "../../../src/vscode/exitWatch.js";
import { lineSinks } from "../../../src/vscode/logLines.js";
import { english } from "../../../src/vscode/text.js";
import type { AgentRow } from "../../../src/store/rows.js";
import { anEngine, aRow, refused } from "./rows.js";

const exit = (at?: string) => ({ code: 3, oomKilled: false, reason: "Ended.", ...(at && { at }) });
const running = aRow();
const crashed = (at?: string, more: Partial<AgentRow> = {}) =>
  aRow(
    { state: "exited", stateReason: "Ended unexpectedly with code 3.", exit: exit(at) },
    {
      endedUnexpectedly: true,
      ...more,
    },
  );
const stopped = aRow({ state: "stopped", exit: exit("t0") });
const destroying = { agentId: "a", name: "fixer", engine: "e", verb: "destroy", stage: "Removing" } as const;

describe("unexpected ends", () => {
  const news = (...looks: AgentRow[]) => {
    const watch = new ExitWatch();
    return looks.map((row) => watch.take([row]).length);
  };

  it.each<[string, AgentRow[], number[]]>([
    [
      "is news once, whatever is learned of it later",
      [running, crashed(), crashed("t1"), crashed("t1")],
      [0, 1, 0, 0],
    ],
    ["before the first look is none: the window was reloaded", [crashed("t1"), crashed("t1")], [0, 0]],
    ["after another start is news again", [running, crashed("t1"), running, crashed("t2")], [0, 1, 0, 1]],
    ["after a start that nobody saw is news", [crashed("t1"), crashed("t2")], [0, 1]],
    ["as asked is none", [running, stopped], [0, 0]],
    [
      "while a verb of ours works on it is the verb's to tell",
      [running, crashed("t1", { operation: destroying }), crashed("t1")],
      [0, 0, 0],
    ],
    [
      "of a failed create is none",
      [aRow({ containerId: "" }), aRow({ containerId: "", state: "failed" })],
      [0, 0],
    ],
  ])("one %s", (_what, looks, expected) => {
    expect(news(...looks)).toEqual(expected);
  });

  it("of one agent are not those of another, and the gone are forgotten", () => {
    const watch = new ExitWatch();
    const other = aRow({ id: "b", containerId: "b" });
    watch.take([running, other]);
    expect(watch.take([crashed("t1"), other])).toHaveLength(1);
    expect(watch.take([other])).toEqual([]);
    expect(watch.take([crashed("t1"), other])).toEqual([]);
  });

  it("are said in one sentence, in which nothing from a container is a link", () => {
    const text = "first\n\u001b[31m  see [this](command:evil) \u202ethere \u001b[0m\r\n\n";
    expect(lastLine(text)).toBe("see [this] (command:evil) there");
    expect(lastLine("x".repeat(1000))).toHaveLength(201);
    expect(lastLine(" \n")).toBe("");
    expect(lastLine("why\nReceived disconnect from 172.28.0.1 port 1:11:\n")).toBe("why");
    expect(exitNotice(crashed(), "boom", english)).toBe(
      "The agent fixer has ended. Ended unexpectedly with code 3. Its last line: boom",
    );
    expect(exitNotice(crashed(), "", english)).not.toContain("last line");
    const many = Array.from({ length: 10 }, () => crashed());
    expect(exitsNotice(many, english)).toMatch(/^10 agents have ended: (fixer, ){5}…\. Ended unexpectedly/);
    expect(exitsNotice([crashed(), aRow({ stateReason: "Other." })], english)).toBe(
      "2 agents have ended: fixer, fixer.",
    );
  });
});

describe("a lost engine", () => {
  const down = () => anEngine({ ...refused });
  const live = anEngine();
  const kinds = (...looks: ReturnType<typeof anEngine>[]) => {
    const watch = new EngineWatch();
    return looks.map((engine) =>
      watch
        .take([engine])
        .map(({ kind }) => kind)
        .join(),
    );
  };

  it("is told when it did not come back at once, and once; so is its being back", () => {
    const again = anEngine();
    expect(kinds(live, down(), down(), down(), down(), again, again)).toEqual([
      "",
      "",
      "",
      "lost",
      "",
      "back",
      "",
    ]);
  });

  it("that came back at once, or was never there, is no news; neither is another change of the state", () => {
    const same = down();
    expect(kinds(live, down(), down(), anEngine())).toEqual(["", "", "", ""]);
    expect(kinds(down(), down(), down(), down(), live)).toEqual(["", "", "", "", ""]);
    expect(kinds(live, same, same, same, same)).toEqual(["", "", "", "", ""]);
  });
});

describe("a claim", () => {
  it("is given once, to whichever window comes first, and forgotten after a day", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ac-claims-"));
    try {
      const claims = await Promise.all([1, 2, 3].map(() => claim(join(folder, "told"), "c1 t1", Date.now())));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await claim(join(folder, "told"), "c1 t2", Date.now())).toBe(true);
      for (const name of await readdir(join(folder, "told"))) await utimes(join(folder, "told", name), 1, 1);
      expect(await claim(join(folder, "told"), "../../evil", Date.now())).toBe(true);
      expect(await readdir(join(folder, "told"))).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("lines of a log", () => {
  it("are whole, whatever pieces they come in, and without what a terminal would obey", async () => {
    const lines: string[] = [];
    const { stdout, stderr, end } = lineSinks((line) => lines.push(line));
    const bytes = Buffer.from("one €\r\n\u001b[1mtwo\u001b[0m\nrest");
    for (const byte of bytes) stdout.write(Buffer.from([byte]));
    stderr.write("wrong\n");
    await new Promise((resolve) => stderr.end(resolve));
    await new Promise((resolve) => stdout.end(resolve));
    end();
    expect(lines.filter((line) => line !== "wrong")).toEqual(["one €", "two", "rest"]);
    expect(lines).toContain("wrong");
  });
});
