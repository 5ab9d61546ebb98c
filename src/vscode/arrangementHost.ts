import * as vscode from "vscode";
import type { Disposable } from "../util/dispose.js";
import { recallArrangement, rememberArrangement, type Arrangement } from "./arrangement.js";

/** Holds how this window wants its tree. Changed by commands, drawn by the tree. */
export interface ArrangementHost extends Disposable {
  readonly now: Arrangement;
  readonly onDidChange: vscode.Event<void>;
  /** Shows it at once; `keep` false is a look at it that is not remembered. */
  change(part: Partial<Arrangement>, keep?: boolean): void;
  /** A group was opened or closed by the user: remembered, nothing to draw. */
  fold(id: string, closed: boolean): void;
}

/** Remembered in `memory`, which is the workspace's. `failed` hears when that was not possible. */
export function createArrangementHost(
  memory: vscode.Memento,
  failed: (error: unknown) => void,
): ArrangementHost {
  const changed = new vscode.EventEmitter<void>();
  let now = recallArrangement(memory);
  const remember = () => rememberArrangement(memory, now).catch(failed);
  return {
    get now() {
      return now;
    },
    onDidChange: changed.event,
    change(part, keep = true) {
      now = { ...now, ...part };
      if (keep) void remember();
      changed.fire();
    },
    fold(id, closed) {
      const others = now.closed.filter((one) => one !== id);
      now = { ...now, closed: closed ? [...others, id] : others };
      void remember();
    },
    dispose: () => changed.dispose(),
  };
}
