import * as vscode from "vscode";
import { noRemoteSsh } from "./openWorkspace.js";
import { offer, type Choice } from "./present.js";
import type { HandOff } from "./providers.js";

const { t } = vscode.l10n;
const appearsWithinMs = 15_000;

/** What can be done with an agent without a Remote-SSH extension. */
export interface OtherWays {
  terminal: () => Promise<unknown>;
  copy: () => Promise<unknown>;
  attach: () => Promise<unknown>;
  /** Opens the workspace after all. */
  again: () => Promise<unknown>;
}

/** Resolves when an extension that was just installed can be found, or has had long enough. */
async function appeared(extensionId: string): Promise<void> {
  const isThere = () => vscode.extensions.getExtension(extensionId) !== undefined;
  if (isThere()) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      listening.dispose();
      resolve();
    };
    const timer = setTimeout(done, appearsWithinMs);
    const listening = vscode.extensions.onDidChange(() => isThere() && done());
  });
}

function providerChoice(
  handOff: Extract<HandOff, { kind: "missing" }>,
  again: () => Promise<unknown>,
): Choice {
  const { extensionId, product } = handOff.provider;
  if (handOff.remedy === "enable") {
    return {
      label: t("Show {0}", product),
      run: () => vscode.commands.executeCommand("workbench.extensions.search", `@id:${extensionId}`),
    };
  }
  return {
    label: t("Install {0}", product),
    run: async () => {
      await vscode.commands.executeCommand("workbench.extensions.installExtension", extensionId);
      await appeared(extensionId);
      return again();
    },
  };
}

/** Offers what there is instead of a Remote-SSH hand-off, and the way to one. */
export async function offerOtherWays(
  handOff: Exclude<HandOff, { kind: "open" }>,
  ways: OtherWays,
): Promise<unknown> {
  const error = noRemoteSsh(handOff);
  const missing = handOff.kind === "missing" ? handOff : undefined;
  return offer(error.message, error.remedy ?? "", [
    ...(missing ? [providerChoice(missing, ways.again)] : []),
    { label: t("Open Terminal"), run: ways.terminal },
    { label: t("Copy SSH Command"), run: ways.copy },
    ...(missing?.canAttach ? [{ label: t("Attach with Dev Containers"), run: ways.attach }] : []),
  ]);
}
