import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { parseBlocks } from "../../../src/ssh/hostBlocks.js";
import { hostOf, pictureOf, temporaryHome } from "./rig.js";

const run = promisify(execFile);
let bundled: string;

/** Adds, and perhaps removes, hosts in a process of its own: JSON of `[verb, name][]` steps, each list at once. */
const program = `
import { createSshFolder } from "./src/ssh/sshFolder.js";
import { generateKeyPair } from "./src/ssh/keyPair.js";
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const [sshDir, base, lists] = [process.argv[2], JSON.parse(process.argv[3]), JSON.parse(process.argv[4])];
const folder = createSshFolder({ sshDir, log });
for (const steps of lists) {
  await Promise.all(steps.map(async ([verb, name]) => {
    if (verb === "remove") return folder.remove("agent-" + name);
    await folder.writeKey("agent-" + name, generateKeyPair(name));
    await folder.add({ ...base, alias: "ac-" + name, agentId: "agent-" + name });
  }));
}
`;

type Step = ["add" | "remove", string];

describe("several processes at once", () => {
  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: resolve(import.meta.dirname, "../../.."), loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      write: false,
    });
    bundled = outputFiles[0]?.text ?? "";
  });

  async function processes(home: string, work: Step[][][]) {
    const file = join(home, "..", `${home.split("/").pop() ?? ""}.mjs`);
    await writeFile(file, bundled);
    const sshDir = join(home, ".ssh");
    const outcomes = await Promise.all(
      work.map((lists) =>
        run(process.execPath, [file, sshDir, JSON.stringify(hostOf("x")), JSON.stringify(lists)]),
      ),
    );
    for (const { stderr } of outcomes) expect(stderr).toBe("");
  }

  const names = (worker: number) => Array.from({ length: 5 }, (_, index) => `w${worker}-${index}`);

  it("twenty adds from four lose and double nothing", { timeout: 60_000 }, async () => {
    const home = join(await temporaryHome(), "home");
    await mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 });
    await writeFile(join(home, ".ssh", "config"), "Host mine\n", { mode: 0o600 });
    const before = await pictureOf(home);
    await processes(
      home,
      [0, 1, 2, 3].map((worker) => [names(worker).map((name): Step => ["add", name])]),
    );
    const all = [0, 1, 2, 3].flatMap(names).sort();
    const config = await readFile(join(home, ".ssh", "agent-containers", "config"), "utf8");
    expect(parseBlocks(config).map(({ host }) => host?.alias)).toEqual(all.map((name) => `ac-${name}`));
    expect(config.match(/^Host /gm)).toHaveLength(20);
    const known = await readFile(join(home, ".ssh", "agent-containers", "known_hosts"), "utf8");
    expect(
      known
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(all.map((name) => `ac-${name}`));
    expect((await readFile(join(home, ".ssh", "config"), "utf8")).match(/Include/g)).toHaveLength(1);
    await processes(
      home,
      [0, 1, 2, 3].map((worker) => [names(worker).map((name): Step => ["remove", name])]),
    );
    expect(await pictureOf(home)).toEqual(before);
  });

  it("coming and going leave no trace in a home without ~/.ssh", { timeout: 60_000 }, async () => {
    const home = join(await temporaryHome(), "home");
    await mkdir(home);
    // Each goes down to nothing again and again, so that the folders come and go under the others.
    const lists = (worker: number): Step[][] =>
      names(worker).flatMap((name): Step[][] => [[["add", name]], [["remove", name]]]);
    await processes(home, [0, 1, 2, 3].map(lists));
    expect(await pictureOf(home)).toEqual({});
  });
});
