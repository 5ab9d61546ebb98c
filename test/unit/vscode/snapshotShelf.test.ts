import { expect, it, vi } from "vitest";
import type { Core } from "../../../src/app/core.js";
import type { Snapshot } from "../../../src/model/snapshot.js";
import type { EngineState } from "../../../src/store/state.js";
import { createSnapshotShelf } from "../../../src/vscode/snapshotShelf.js";
import { aPicture, anEngine, refused } from "./rows.js";

const near = "unix:///near.sock";
const far = "ssh://far";

/** A shelf over engines that list what `answers` holds. */
function rig(engines: readonly EngineState[]) {
  const answers = new Map<string, Snapshot[] | Error>();
  const asked: string[] = [];
  const listSnapshots: Core["listSnapshots"] = (_request, options) => {
    const engine = options?.engine ?? "";
    asked.push(engine);
    const answer = answers.get(engine) ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const core = { listSnapshots } as Core;
  const host = { loaded: core, state: { picture: aPicture([], engines), problem: undefined } };
  const warn = vi.fn();
  return { shelf: createSnapshotShelf(host, { warn }), host, answers, asked, warn };
}

const named = (name: string, engine: string) => ({ name, engine, id: name, agentId: "a" }) as Snapshot;

it("lists every engine that answers once, however often it is looked at", async () => {
  const { shelf, asked, answers } = rig([anEngine({ kind: "live" }, near), anEngine(refused, far)]);
  answers.set(near, [named("good", near)]);
  const changed = new Promise<void>((resolve) => shelf.onDidChange(() => resolve()));
  shelf.follow();
  shelf.follow();
  await changed;
  expect(shelf.all.map(({ name }) => name)).toEqual(["good"]);
  const before = shelf.all;
  shelf.follow();
  await shelf.refresh();
  expect(asked).toEqual([near, near]);
  expect(shelf.all).toBe(before);
});

it("lists anew what was committed, and an engine that is back; what is known stays while it is away", async () => {
  const { shelf, host, asked, answers } = rig([anEngine({ kind: "live" }, near)]);
  answers.set(near, [named("good", near)]);
  shelf.follow();
  await vi.waitFor(() => expect(shelf.all).toHaveLength(1));
  answers.set(near, [named("new", near), named("good", near)]);
  const engine = { ...anEngine({ kind: "live" }, near), commits: 1 };
  host.state = { picture: aPicture([], [engine]), problem: undefined };
  shelf.follow();
  await vi.waitFor(() => expect(shelf.all).toHaveLength(2));
  host.state = { picture: aPicture([], [{ ...engine, link: refused }]), problem: undefined };
  shelf.follow();
  expect(shelf.all).toHaveLength(2);
  answers.set(near, []);
  host.state = { picture: aPicture([], [engine]), problem: undefined };
  shelf.follow();
  await vi.waitFor(() => expect(shelf.all).toEqual([]));
  expect(asked).toHaveLength(3);
});

it("says in the log what could not be listed, and does not ask again by itself", async () => {
  const { shelf, asked, answers, warn } = rig([anEngine({ kind: "live" }, near)]);
  answers.set(near, new Error("it is tired"));
  shelf.follow();
  await vi.waitFor(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining("it is tired")));
  shelf.follow();
  expect(asked).toEqual([near]);
  answers.set(near, [named("good", near)]);
  await shelf.refresh(near);
  expect(shelf.all).toHaveLength(1);
});
