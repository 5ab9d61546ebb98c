import * as vscode from "vscode";
import type { AgentError } from "../model/errors.js";
import type { ShowDocument } from "./documents.js";
import { errorActions, errorText, type ErrorAction } from "./errorActions.js";
import { plainLines, plainMessage, plainTitle } from "./plainTitle.js";
import { commandIds, settingKeys, settingsSection } from "./ids.js";

const { t } = vscode.l10n;

/** What can be done about an error where it happened. */
export interface Remedies {
  retry?: () => unknown;
  rename?: (name: string) => unknown;
  useNetwork?: (name: string) => unknown;
  changeAnswers?: () => unknown;
}

/** One button of a question. */
export interface Choice {
  label: string;
  run: () => unknown;
}

function label(action: ErrorAction): string {
  switch (action.kind) {
    case "retry":
      return t("Retry");
    case "chooseEngine":
      return t("Choose Engine…");
    case "showHealth":
      return t("Show Health");
    case "create":
      return t("Create Agent");
    case "setSecret":
      return t("Set Secret…");
    case "prune":
      return t("Clean Up…");
    case "refresh":
      return t("Refresh");
    case "showLog":
      return t("Show Log");
    case "useName":
      return t('Use "{0}"', plainTitle(action.name));
    case "useNetwork":
      return t("Use It as It Is");
    case "networkSettings":
      return t("Network Settings…");
    case "manageTrust":
      return t("Manage Workspace Trust");
    case "changeAnswers":
      return t("Change…");
    case "acceptHostKey":
      return t("Show Key in Terminal");
  }
}

function perform(action: ErrorAction, error: AgentError, remedies: Remedies, show: ShowDocument): unknown {
  switch (action.kind) {
    case "retry":
      return remedies.retry?.();
    case "acceptHostKey":
      return vscode.commands.executeCommand(commandIds.acceptHostKey);
    case "manageTrust":
      return vscode.commands.executeCommand("workbench.trust.manage");
    case "changeAnswers":
      return remedies.changeAnswers?.();
    case "useName":
      return remedies.rename?.(action.name);
    case "useNetwork":
      return remedies.useNetwork?.(action.name);
    case "networkSettings":
      return vscode.commands.executeCommand(
        "workbench.action.openSettings",
        `${settingsSection}.${settingKeys.network}`,
      );
    case "chooseEngine":
      return vscode.commands.executeCommand(commandIds.chooseEngine);
    case "showHealth":
      return vscode.commands.executeCommand(commandIds.showHealth);
    case "create":
      return vscode.commands.executeCommand(commandIds.create);
    case "setSecret":
      return vscode.commands.executeCommand(commandIds.setSecret);
    case "prune":
      return vscode.commands.executeCommand(commandIds.prune);
    case "refresh":
      return vscode.commands.executeCommand(commandIds.refresh);
    case "showLog":
      return error.log
        ? show(`${error.code}.log`, error.wholeLog ?? error.log)
        : vscode.commands.executeCommand(commandIds.showLog);
  }
}

/**
 * Shows a failure once, with what can be done about it as buttons. Not waited for: a notification may stay for ever.
 */
export type Present = (error: AgentError, remedies?: Remedies) => void;

/** `show` opens the log that an error brings. `failed` hears of a button that did not do its work. */
export function createPresent(show: ShowDocument, failed: (error: unknown) => void): Present {
  return (error, remedies = {}) => {
    const offers = {
      retry: remedies.retry !== undefined,
      rename: remedies.rename !== undefined,
      network: remedies.useNetwork !== undefined,
      changeAnswers: remedies.changeAnswers !== undefined,
    };
    const actions = errorActions(error, offers).map((action) => ({ title: label(action), action }));
    const answered = async () => {
      const chosen = await vscode.window.showErrorMessage(plainMessage(errorText(error)), ...actions);
      if (chosen) await perform(chosen.action, error, remedies, show);
    };
    answered().catch(failed);
  };
}

/** Asks before something that cannot be undone. True when the user agrees. */
export async function confirm(question: string, detail: string, agree: string): Promise<boolean> {
  return (
    (await vscode.window.showWarningMessage(
      plainMessage(question),
      { modal: true, detail: plainLines(detail) },
      agree,
    )) === agree
  );
}

/** Offers several ways out, in a modal dialog. Gives what the chosen one gives; undefined when it was closed. */
export async function offer(question: string, detail: string, choices: readonly Choice[]): Promise<unknown> {
  const items = choices.map((choice) => ({ title: choice.label, choice }));
  const chosen = await vscode.window.showWarningMessage(
    plainMessage(question),
    { modal: true, detail: plainLines(detail) },
    ...items,
  );
  return chosen?.choice.run();
}

/** Tells of something that happened, with what can be done about it. Not waited for: it may stay for ever. */
export function notify(kind: "information" | "warning", text: string, choices: readonly Choice[]): void {
  const items = choices.map((choice) => ({ title: choice.label, choice }));
  const show = kind === "warning" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  // What a button starts shows its own failures.
  void show(plainMessage(text), ...items).then((chosen) => chosen?.choice.run());
}

/** Says that something is done, in the status bar, where it disturbs nobody. */
export function note(text: string): void {
  vscode.window.setStatusBarMessage(plainMessage(text), 4000);
}
