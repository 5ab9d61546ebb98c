import * as vscode from "vscode";
import { AgentError, cancelled } from "../model/errors.js";
import { acceptHostKey } from "./acceptHostKey.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import type { ShowDocument } from "./documents.js";
import type { EngineState } from "../store/state.js";
import { hasUnknownKey } from "./engineItem.js";
import { shortEngine } from "./engineLabel.js";
import { note } from "./present.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";
import { readSettings, storeMoreEngines } from "./settings.js";

const { t } = vscode.l10n;

async function askEngine(
  host: CoreHost,
  title: string,
  fits: (engine: EngineState) => boolean,
): Promise<string> {
  await host.core();
  const engines = (host.state.picture?.engines ?? []).filter(fits);
  const [only, another] = engines;
  if (!only) throw new AgentError("NOT_FOUND", t("There is no such engine."));
  if (!another) return only.name;
  const items = engines.map(({ name, link }) => ({
    label: name,
    description: link.kind === "down" ? link.problem.message : "",
    iconPath: new vscode.ThemeIcon(link.kind === "down" ? "error" : "server"),
  }));
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: t("Choose an engine") });
  if (!picked) throw cancelled();
  return picked.label;
}

/** The engines of a call: the selected rows, the one that is named, or the one that is chosen. */
async function enginesOf(
  host: CoreHost,
  call: Call,
  title: string,
  fits: (engine: EngineState) => boolean,
): Promise<readonly [string, ...string[]]> {
  const [first, ...others] = call.engines.map(({ engine }) => engine.name);
  if (first !== undefined) return [first, ...others];
  return [call.target ?? (await askEngine(host, title, fits))];
}

async function remove(host: CoreHost, engine: string): Promise<void> {
  const { moreEngines } = readSettings();
  const meant = new Set([engine, ...(host.state.picture?.settings.get(engine) ?? [])]);
  const left = moreEngines.filter((setting) => !meant.has(setting));
  if (left.length === moreEngines.length) {
    throw new AgentError("NOT_FOUND", t("{0} is not one of the added engines.", engine), {
      field: "engine",
      remedy: t("The main engine is chosen with Choose Engine."),
    });
  }
  await storeMoreEngines(left);
  note(t("{0} is removed from the settings; its agents keep running.", engine));
}

/** What is about one engine: the actions of its row. */
export function engineRowCommands(
  host: CoreHost,
  show: ShowDocument,
): Pick<
  CommandTable,
  "addEngine" | "removeEngine" | "reconnectEngine" | "copyEndpoint" | "showEngine" | "acceptHostKey"
> {
  const onEach = (
    title: string,
    work: (engines: readonly [string, ...string[]]) => Promise<unknown>,
    fits: (engine: EngineState) => boolean = () => true,
  ): Command => ({
    takesTarget: true,
    run: async (call) => work(await enginesOf(host, call, title, fits)),
  });
  return {
    addEngine: {
      takesTarget: true,
      run: async (call) => (await import("./addEngine.js")).addEngine(host, call),
    },
    removeEngine: onEach(
      t("Remove Engine"),
      async (engines) => {
        for (const engine of engines) await remove(host, engine);
        return null;
      },
      ({ name }) => host.state.picture?.settings.has(name) ?? false,
    ),
    reconnectEngine: onEach(t("Reconnect"), async (engines) => {
      for (const engine of engines) await host.refresh(engine);
      return null;
    }),
    copyEndpoint: onEach(t("Copy Endpoint"), async (engines) => {
      await vscode.env.clipboard.writeText(engines.join("\n"));
      note(t("Copied: {0}", engines.join(", ")));
      return { endpoint: engines[0] };
    }),
    showEngine: onEach(t("Show Engine Details"), async ([engine]) => {
      const core = await host.core();
      const [health] = await withStages(t("Asking {0}", engine), (options) =>
        core.health({ ...options, engine }),
      );
      await show(`${shortEngine(engine)}.json`, JSON.stringify(health, null, 2));
      return health;
    }),
    acceptHostKey: onEach(
      t("Show SSH Key of Host"),
      async ([engine]) => {
        await acceptHostKey(engine);
        await host.refresh(engine);
        return null;
      },
      hasUnknownKey,
    ),
  };
}
