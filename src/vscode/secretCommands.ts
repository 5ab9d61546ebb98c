import * as vscode from "vscode";
import { cancelled } from "../model/errors.js";
import { isSecretName, reservedNames } from "../model/secretName.js";
import type { Call } from "./call.js";
import { confirm, note } from "./present.js";
import { askPick, askText } from "./quickInput.js";
import type { Command, CommandTable } from "./register.js";
import type { StoredSecrets } from "./storedSecrets.js";
import { walk } from "./walk.js";

const { t } = vscode.l10n;

interface NewSecret {
  name: string;
  value: string;
}

function nameProblem(name: string): string | undefined {
  if (name === "") return t("A secret needs a name.");
  return isSecretName(name)
    ? undefined
    : t("A name takes letters, digits and underscores, and is none of {0}.", reservedNames.join(", "));
}

/** Asks for a name and, hidden, for a value; a stored name is offered, because a new value is what is mostly wanted. */
async function askSecret(stored: StoredSecrets): Promise<NewSecret> {
  const title = t("Set Secret");
  const answer = await walk<NewSecret>({ name: "", value: "" }, () => [
    async (given, position) => {
      const name = await askText({
        title,
        position,
        value: given.name,
        placeholder: "ANTHROPIC_API_KEY",
        prompt: t(
          "The name of the secret: a variable, and a file in /run/secrets, of the agents that get it",
        ),
        problem: nameProblem,
      });
      return name.kind === "next" ? { kind: "next", value: { ...given, name: name.value } } : name;
    },
    async (given, position) => {
      const known = stored.names().includes(given.name);
      const value = await askText({
        title,
        position,
        value: "",
        password: true,
        prompt: known ? t("The new value of {0}", given.name) : t("The value of {0}", given.name),
        problem: (text) => (text === "" ? t("A secret needs a value.") : undefined),
      });
      return value.kind === "next" ? { kind: "next", value: { ...given, value: value.value } } : value;
    },
  ]);
  if (!answer) throw cancelled();
  return answer;
}

async function askStored(stored: StoredSecrets): Promise<string> {
  const answer = await askPick({
    title: t("Remove Secret"),
    position: { step: 1, total: 1 },
    placeholder: t("Choose a secret"),
    items: stored.names().map((name) => ({
      label: name,
      iconPath: new vscode.ThemeIcon("lock"),
      value: name,
    })),
  });
  if (answer.kind !== "next") throw cancelled();
  return answer.value;
}

async function givenSecret(call: Call): Promise<NewSecret> {
  const { parseOptions, setSecretOptions } = await import("./options.js");
  return parseOptions(setSecretOptions, call.options);
}

/** The secrets that the editor keeps for agents: a user is asked, a program gives `{name, value}` or `{name}`. */
export function secretCommands(stored: StoredSecrets): Pick<CommandTable, "setSecret" | "removeSecret"> {
  const setSecret: Command = {
    takesTarget: false,
    run: async (call) => {
      const { name, value } = call.by === "user" ? await askSecret(stored) : await givenSecret(call);
      await stored.set(name, value);
      if (call.by === "user") {
        note(t("{0} is stored. Agents that have it get it with their next start.", name));
      }
      return { name };
    },
  };
  const removeSecret: Command = {
    takesTarget: false,
    run: async (call) => {
      if (call.by === "program") {
        const { parseOptions, removeSecretOptions } = await import("./options.js");
        const { name } = parseOptions(removeSecretOptions, call.options);
        await stored.remove(name);
        return { name };
      }
      if (stored.names().length === 0) {
        note(t("No secret is stored."));
        return null;
      }
      const name = await askStored(stored);
      const agreed = await confirm(
        t("Remove the secret {0}?", name),
        t(
          "Agents that run keep it until they are stopped. Those that were given it cannot start without it.",
        ),
        t("Remove"),
      );
      if (!agreed) throw cancelled();
      await stored.remove(name);
      note(t("{0} is removed.", name));
      return { name };
    },
  };
  return { setSecret, removeSecret };
}
