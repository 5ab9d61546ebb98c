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
import { askMany, askPick, askText } from "./quickInput.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { excludedText } from "./snapshotItem.js";
import type { SnapshotShelf } from "./snapshotShelf.js";
import { storedSources, type StoredSecrets } from "./storedSecrets.js";
import { agentOf, canBeSnapshotted } from "./snapshotTargets.js";
import { walk, type Step } from "./walk.js";

const { t } = vscode.l10n;

interface Draft {
  /** Undefined for the agent as it is now. */
  snapshot: Snapshot | undefined;
  count: number;
  names: string;
  /** Names of stored secrets that the forks get. */
  secrets: readonly string[];
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

/** Which of the secrets that this machine does not have come from the editor's storage instead. */
function askSecrets(title: string, stored: readonly string[]): Step<Draft> {
  return async (draft, position) => {
    const answer = await askMany({
      title,
      position,
      placeholder: t("Secrets of the source that are stored here, for the forks"),
      items: stored.map((name) => ({ label: name, picked: draft.secrets.includes(name), value: name })),
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, secrets: answer.value } } : answer;
  };
}

/** What the forks will not have; empty where they have all. */
function lacking(draft: Draft, missing: readonly string[]): string {
  const lost = draft.snapshot?.excluded ?? [];
  const secrets = missing.filter((name) => !draft.secrets.includes(name));
  return [
    ...(lost.length > 0 ? [t("Not in the snapshot: {0}", excludedText(lost, t))] : []),
    ...(secrets.length > 0 ? [t("Secrets that are not on this machine: {0}", secrets.join(", "))] : []),
  ].join(". ");
}

function askCount(
  title: string,
  name: string,
  taken: ReadonlySet<string>,
  missing: readonly string[],
): Step<Draft> {
  return async (draft, position) => {
    const without = lacking(draft, missing);
    const answer = await askText({
      title,
      position,
      value: String(draft.count),
      prompt:
        without !== ""
          ? t("How many forks. {0}", without)
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
export function forkCommand(
  host: CoreHost,
  shelf: SnapshotShelf,
  stored: StoredSecrets,
  failed: (error: unknown) => void,
): Command {
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
      // The same for all of its snapshots: an agent's secrets have their names for life.
      const { missingSecrets: missing } = clicked
        ? await core.previewFork("", { snapshot: clicked.image }, on)
        : await core.previewFork(source.target, {}, on);
      const offered = missing.filter((secret) => stored.names().includes(secret));
      const first: Draft = {
        snapshot: clicked,
        count: 1,
        names: offeredNames(name, 1, taken),
        secrets: offered,
      };
      const draft = await walk(first, () => [
        ...(own.length > 0 ? [askSource(title, own)] : []),
        ...(offered.length > 0 ? [askSecrets(title, offered)] : []),
        askCount(title, name, taken, missing),
        askNames(title, taken),
      ]);
      if (!draft) throw cancelled();
      const names = splitNames(draft.names);
      const { snapshot } = draft;
      const secrets = storedSources(draft.secrets);
      const forks = await withStages(t("Forking {0}", name), (options) =>
        core.fork(
          snapshot ? "" : source.target,
          { names, secrets, ...(snapshot && { snapshot: snapshot.image }) },
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
      if (one?.missingSecrets)
        notify(
          "warning",
          t(
            "{0}: the command waits for secrets that this machine does not have: {1}",
            made,
            one.missingSecrets.join(", "),
          ),
          [],
        );
      return forks;
    },
  };
}
