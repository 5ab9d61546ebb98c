import * as vscode from "vscode";
import type { SnapshotPreview } from "../agents/snapshot/take.js";
import { cancelled } from "../model/errors.js";
import { renderBytes } from "../model/size.js";
import type { CoreHost } from "./coreHost.js";
import { look } from "./look.js";
import { withoutIcons } from "./pickSnapshot.js";
import { note } from "./present.js";
import { askPick, askText } from "./quickInput.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { excludedText } from "./snapshotItem.js";
import type { SnapshotShelf } from "./snapshotShelf.js";
import { agentOf, canBeSnapshotted } from "./snapshotTargets.js";
import { walk, type Step } from "./walk.js";

const { t } = vscode.l10n;

interface Draft {
  name: string;
  note: string;
  pause: boolean;
}

/** A guess is said as one. */
export function freezeText(freezeMs: number): string {
  return freezeMs < 1000
    ? t("stands still for less than a second")
    : t("stands still for about {0} s", Math.round(freezeMs / 1000));
}

function askHow(title: string, preview: SnapshotPreview): Step<Draft> {
  const { excluded, writtenBytes, freezeMs } = preview;
  const lost =
    excluded.length > 0 ? t("It will not hold {0}", withoutIcons(excludedText(excluded, t))) : undefined;
  return async (draft, position) => {
    const size = t("{0} written over its image", renderBytes(writtenBytes));
    const frozen = {
      label: lost ? t("Snapshot of the rest") : t("Snapshot"),
      description: [freezeMs > 0 && freezeText(freezeMs), size].filter(Boolean).join(" · "),
      detail: lost,
      iconPath: new vscode.ThemeIcon(lost ? "warning" : "device-camera"),
      value: true,
    };
    const warm = {
      label: t("Without a freeze"),
      description: t("goes on meanwhile"),
      detail: t("Files that are written meanwhile may be torn, or of different moments."),
      iconPath: new vscode.ThemeIcon("run-all"),
      value: false,
    };
    const answer = await askPick({
      title,
      position,
      placeholder: t("How to take it"),
      items: freezeMs > 0 ? [frozen, warm] : [frozen],
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, pause: answer.value } } : answer;
  };
}

function askLine(title: string, key: "name" | "note", prompt: string, most: number): Step<Draft> {
  return async (draft, position) => {
    const answer = await askText({
      title,
      position,
      prompt,
      value: draft[key],
      problem: (text) => {
        if (text.length > most) return t("It takes at most {0} characters.", most);
        return key === "name" && text === "" ? t("A snapshot needs a name.") : undefined;
      },
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, [key]: answer.value } } : answer;
  };
}

/** The first of `fixer 1`, `fixer 2` … that no snapshot has. */
export function offeredName(agentName: string, taken: readonly string[]): string {
  for (let n = 1; ; n += 1) {
    const candidate = `${agentName} ${n}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

/** Says what a snapshot would not hold and how long the agent would stand still, and asks for its name and a note. */
export function takeSnapshotCommand(host: CoreHost, shelf: SnapshotShelf): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const agent = await agentOf(call, host, {
        title: t("Take Snapshot"),
        fits: canBeSnapshotted,
        none: t("There is no agent to take a snapshot of."),
      });
      const core = await host.core();
      const { target, name } = agent;
      const on = agent.engine === undefined ? {} : { engine: agent.engine };
      if (call.by === "program") return core.snapshot(target, call.options, on);
      const preview = await look(t("Looking at {0}", name), (options) =>
        core.previewSnapshot(target, { ...options, ...on }),
      );
      const title = t("Take Snapshot of {0}", name);
      const taken = shelf.all.filter(({ agentId }) => agentId === agent.agentId).map((one) => one.name);
      const first: Draft = { name: offeredName(name, taken), note: "", pause: true };
      const plain = preview.freezeMs === 0 && preview.excluded.length === 0;
      const steps = [
        // Where there is nothing to say and nothing to choose, nothing is asked.
        ...(plain ? [] : [askHow(title, preview)]),
        askLine(title, "name", t("The name of the snapshot"), 200),
        askLine(title, "note", t("A note, or nothing"), 4000),
      ];
      // What its spec forbids is refused before anything is asked.
      const draft = preview.forbidden ? first : await walk(first, () => steps);
      if (!draft) throw cancelled();
      const request = {
        name: draft.name,
        pause: draft.pause,
        ...(draft.note !== "" && { note: draft.note }),
      };
      const snapshot = await withStages(t("Taking a snapshot of {0}", name), (options) =>
        core.snapshot(target, request, { ...options, ...on }),
      );
      await shelf.refresh(snapshot.engine);
      note(t("Snapshot {0}: {1}", snapshot.name, renderBytes(snapshot.sizeBytes)));
      return snapshot;
    },
  };
}
