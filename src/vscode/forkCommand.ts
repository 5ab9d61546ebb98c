import * as vscode from "vscode";
import type { Agent } from "../model/agent.js";
import { cancelled } from "../model/errors.js";
import type { Snapshot } from "../model/snapshot.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { countProblem, forkNamesProblem, offeredNames, splitNames } from "./forkDraft.js";
import { commandIds } from "./ids.js";
import { snapshotChoice } from "./pickSnapshot.js";
import { notify } from "./present.js";
import { askPick, askText } from "./quickInput.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { excludedText } from "./snapshotItem.js";
import type { SnapshotShelf } from "./snapshotShelf.js";
import { agentOf, canBeSnapshotted } from "./snapshotTargets.js";
import { walk, type Step } from "./walk.js";

const { t } = vscode.l10n;

interface Draft {
  /** Undefined for the agent as it is now. */
  snapshot: Snapshot | undefined;
  count: number;
  names: string;
}

interface Source {
  target: string;
  agentId: string;
  name: string;
  engine: string | undefined;
}

function askSource(title: string, snapshots: readonly Snapshot[]): Step<Draft> {
  return async (draft, position) => {
    const now = {
      label: t("As it is now"),
      description: t("with what it has not committed"),
      iconPath: new vscode.ThemeIcon("vm-running"),
      value: undefined,
    };
    const answer = await askPick<Snapshot | undefined>({
      title,
      position,
      placeholder: t("What the forks start from"),
      items: [now, ...snapshots.map((snapshot) => snapshotChoice(snapshot, false))],
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, snapshot: answer.value } } : answer;
  };
}

function askCount(title: string, name: string, taken: ReadonlySet<string>): Step<Draft> {
  return async (draft, position) => {
    const lost = draft.snapshot?.excluded ?? [];
    const answer = await askText({
      title,
      position,
      value: String(draft.count),
      prompt:
        lost.length > 0
          ? t("How many forks. Not in the snapshot: {0}", excludedText(lost, t))
          : t("How many forks: each has its own files, keys, ports and SSH alias"),
      problem: (text) => countProblem(text, t),
    });
    if (answer.kind !== "next") return answer;
    const count = Number(answer.value);
    const kept = splitNames(draft.names).length === count;
    return {
      kind: "next",
      value: { ...draft, count, names: kept ? draft.names : offeredNames(name, count, taken) },
    };
  };
}

function askNames(title: string, taken: ReadonlySet<string>): Step<Draft> {
  return async (draft, position) => {
    const answer = await askText({
      title,
      position,
      value: draft.names,
      prompt: draft.count > 1 ? t("Their names, with commas between them") : t("Its name"),
      problem: (text) => forkNamesProblem(text, draft.count, taken, t),
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, names: answer.value } } : answer;
  };
}

async function openOne(forks: readonly Agent[]): Promise<void> {
  const [only, another] = forks;
  const items = forks.map(({ name, id, ssh }) => ({
    label: name,
    description: ssh ? `ssh ${ssh.alias}` : "",
    iconPath: new vscode.ThemeIcon("vm-running"),
    id,
  }));
  const id = another
    ? (await vscode.window.showQuickPick(items, { title: t("Open Fork"), placeHolder: t("Choose an agent") }))
        ?.id
    : only?.id;
  if (id !== undefined)
    await vscode.commands.executeCommand(commandIds.openWorkspace, id, { newWindow: true });
}

async function sourceOf(call: Call, host: CoreHost): Promise<Source> {
  const clicked = call.snapshots[0]?.snapshot;
  if (clicked) {
    const { agentId, agentName: name, engine } = clicked;
    return { target: agentId, agentId, name, engine };
  }
  return agentOf(call, host, {
    title: t("Fork Agent"),
    fits: canBeSnapshotted,
    none: t("There is no agent to fork."),
  });
}

/** Makes agents that start from an agent's files, as they are now or in a snapshot; asks how many, and their names. */
export function forkCommand(host: CoreHost, shelf: SnapshotShelf, failed: (error: unknown) => void): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const core = await host.core();
      const clicked = call.snapshots[0]?.snapshot;
      const named = call.target !== undefined || call.nodes.length > 0;
      // A snapshot alone is enough: its agent may be gone.
      if (call.by === "program" && !clicked && !named && call.options?.snapshot !== undefined)
        return core.fork("", call.options);
      const source = await sourceOf(call, host);
      const { name } = source;
      const on = source.engine === undefined ? {} : { engine: source.engine };
      if (call.by === "program" && !clicked) return core.fork(source.target, call.options, on);
      const title = t("Fork {0}", name);
      const own = clicked ? [] : await core.listSnapshots({ agentId: source.agentId }, on);
      const taken = new Set((host.state.picture?.agents ?? []).map(({ agent }) => agent.name));
      const first: Draft = { snapshot: clicked, count: 1, names: offeredNames(name, 1, taken) };
      const draft = await walk(first, () => [
        ...(own.length > 0 ? [askSource(title, own)] : []),
        askCount(title, name, taken),
        askNames(title, taken),
      ]);
      if (!draft) throw cancelled();
      const names = splitNames(draft.names);
      const { snapshot } = draft;
      const forks = await withStages(t("Forking {0}", name), (options) =>
        core.fork(
          snapshot ? "" : source.target,
          { names, ...(snapshot && { snapshot: snapshot.image }) },
          { ...options, ...on },
        ),
      );
      await shelf.refresh(source.engine);
      const [one] = forks;
      const made = forks.map((fork) => fork.name).join(", ");
      notify(
        "information",
        forks.length > 1
          ? t("{0} forks of {1}: {2}", forks.length, name, made)
          : t("Fork of {0}: {1}", name, made),
        one
          ? [
              {
                label: forks.length > 1 ? t("Open One…") : t("Open Workspace"),
                run: () => openOne(forks).catch(failed),
              },
            ]
          : [],
      );
      return forks;
    },
  };
}
