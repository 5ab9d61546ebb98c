import * as vscode from "vscode";
import type { Core } from "../app/core.js";
import type { RecoveryNote } from "../app/session.js";
import type { AgentError } from "../model/errors.js";
import { toAgentError } from "../model/errors.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";
import { settingKeys, settingsSection } from "./ids.js";
import { readSettings } from "./settings.js";
import type { StoredSecrets } from "./storedSecrets.js";
import { surroundings } from "./surroundings.js";
import { canShow, type HostState } from "./viewState.js";

/** Holds the core of the engine that the settings name, and loads its code when it is first wanted. */
export interface CoreHost extends Disposable {
  /** The core, connected and watching. Rejects where the settings name no engine. */
  core(): Promise<Core>;
  /** The same, where it is there already; undefined before and between. */
  readonly loaded: Core | undefined;
  readonly state: HostState;
  readonly onDidChange: vscode.Event<void>;
  /** What was found of verbs that a crash had cut off. */
  readonly onDidRecover: vscode.Event<RecoveryNote>;
  /** Resolves when there is something to show: agents of one engine, none on any, or a problem. */
  settled(): Promise<void>;
  /** Connects at once where the connection is down; to one engine or to all. */
  refresh(engine?: string): Promise<void>;
}

interface Loaded {
  core: Core;
  dispose(): void;
}

/** Follows other programs' containers as long as the setting says so. */
function followForeign(core: Core): Disposable {
  let watching: Disposable | undefined;
  const follow = () => {
    const { showForeign } = readSettings();
    if (showForeign) watching ??= core.watchForeign();
    else {
      watching?.dispose();
      watching = undefined;
    }
  };
  follow();
  const listening = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${settingsSection}.${settingKeys.showForeign}`)) follow();
  });
  return {
    dispose: () => {
      listening.dispose();
      watching?.dispose();
    },
  };
}

/** Loads nothing yet. Follows the setting: another engine means another core. */
export function createCoreHost(
  log: Logger,
  stored: StoredSecrets,
  onBuildOutput: (name: string, line: string) => void,
): CoreHost {
  const changed = new vscode.EventEmitter<void>();
  const recovered = new vscode.EventEmitter<RecoveryNote>();
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;
  let problem: AgentError | undefined;
  let generation = 0;

  async function load(mine: number): Promise<Loaded> {
    try {
      const { createCore } = await import("../app/createCore.js");
      const { engine, moreEngines } = readSettings();
      const core = createCore({
        ...surroundings(),
        engine,
        moreEngines,
        isTrusted: () => vscode.workspace.isTrusted,
        storedSecret: (name) => stored.get(name),
        log,
        onBuildOutput,
      });
      const listening = core.onDidChange(() => changed.fire());
      const recovering = core.onDidRecover((note) => recovered.fire(note));
      const watching = core.watch();
      const others = followForeign(core);
      const dispose = () =>
        [others, watching, listening, recovering, core].forEach((owned) => owned.dispose());
      const result = { core, dispose };
      if (mine === generation) [loaded, problem] = [result, undefined];
      else dispose();
      return result;
    } catch (error) {
      if (mine === generation) problem = toAgentError(error);
      throw error;
    } finally {
      changed.fire();
    }
  }

  function drop(): void {
    generation += 1;
    loaded?.dispose();
    [loading, loaded, problem] = [undefined, undefined, undefined];
  }

  const host: CoreHost = {
    async core() {
      loading ??= load(generation);
      const mine = loading;
      try {
        return (await mine).core;
      } catch (error) {
        // The next call tries again: the reason may be gone.
        if (loading === mine) loading = undefined;
        throw toAgentError(error);
      }
    },
    get loaded() {
      return loaded?.core;
    },
    get state() {
      return { picture: loaded?.core.picture, problem };
    },
    onDidChange: changed.event,
    onDidRecover: recovered.event,
    async settled() {
      if (canShow(host.state)) return;
      await new Promise<void>((resolve) => {
        const listening = changed.event(() => {
          if (!canShow(host.state)) return;
          listening.dispose();
          resolve();
        });
      });
    },
    async refresh(engine) {
      if (problem) drop();
      (await host.core()).refresh(engine);
    },
    dispose() {
      settings.dispose();
      drop();
      changed.dispose();
      recovered.dispose();
    },
  };

  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    const keys = [settingKeys.engine, settingKeys.moreEngines];
    if (!keys.some((key) => event.affectsConfiguration(`${settingsSection}.${key}`))) return;
    drop();
    changed.fire();
    // The problem is part of the state, and every view shows it.
    host.core().catch(() => undefined);
  });
  return host;
}
