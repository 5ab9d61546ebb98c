import * as vscode from "vscode";
import { parseEndpoint } from "../model/endpoint.js";
import { cancelled, messageOf } from "../model/errors.js";
import { readSettings, storeEngine } from "./settings.js";
import { surroundings } from "./surroundings.js";

const { t } = vscode.l10n;

interface Item extends vscode.QuickPickItem {
  /** What to store; undefined for the Docker CLI's own choice. */
  setting?: string;
  /** True for the item that asks for an endpoint. */
  other?: boolean;
}

async function items(current: string | undefined): Promise<Item[]> {
  const { engineChoices } = await import("../app/engineChoices.js");
  const chosen = (setting: string | undefined) => (setting === current ? t("chosen") : undefined);
  const contexts = (await engineChoices(surroundings())).map((choice): Item => ({
    label: choice.name,
    description: [chosen(choice.setting), choice.endpoint].filter(Boolean).join(" · "),
    detail: choice.problem ?? choice.description,
    iconPath: new vscode.ThemeIcon(choice.problem ? "warning" : "server"),
    setting: choice.setting,
  }));
  const own = current !== undefined && !contexts.some(({ setting }) => setting === current);
  return [
    {
      label: t("As the Docker CLI does"),
      description: chosen(undefined),
      detail: t("DOCKER_HOST, the current Docker context, or the engine of this machine"),
      iconPath: new vscode.ThemeIcon("home"),
    },
    ...contexts,
    ...(own
      ? [
          {
            label: current,
            description: t("chosen"),
            iconPath: new vscode.ThemeIcon("server"),
            setting: current,
          },
        ]
      : []),
    { label: t("Another endpoint…"), iconPath: new vscode.ThemeIcon("edit"), other: true },
  ];
}

function endpointProblem(text: string): string | undefined {
  try {
    parseEndpoint(text.trim());
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function askEndpoint(current: string | undefined): Promise<string> {
  const text = await vscode.window.showInputBox({
    title: t("Choose Engine"),
    prompt: t("The engine's endpoint, as DOCKER_HOST takes it"),
    placeHolder: "unix:///var/run/docker.sock",
    value: current?.includes("://") ? current : "",
    validateInput: endpointProblem,
  });
  if (text === undefined) throw cancelled();
  return text.trim();
}

/**
 * Stores the engine to use: `setting` where a program gives one (`ENGINE_NOT_FOUND` for no endpoint), else what the
 * user chooses among the Docker contexts and an endpoint of their own. Undefined is the Docker CLI's choice.
 */
export async function chooseEngine(setting?: string): Promise<{ engine: string | null }> {
  if (setting !== undefined) {
    if (!setting.startsWith("context:")) parseEndpoint(setting);
    await storeEngine(setting);
    return { engine: setting };
  }
  const { engine: current } = readSettings();
  const picked = await vscode.window.showQuickPick(await items(current), {
    title: t("Choose Engine"),
    placeHolder: t("The Docker Engine that runs the agents"),
  });
  if (!picked) throw cancelled();
  const chosen = picked.other ? await askEndpoint(current) : picked.setting;
  await storeEngine(chosen);
  return { engine: chosen ?? null };
}
