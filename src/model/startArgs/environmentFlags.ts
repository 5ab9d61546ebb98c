import { cut } from "./cut.js";
import { flag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import { parseKvFile } from "./kvFile.js";
import { lookUpEnv, readTextFile, type StartArgsContext } from "./startArgsContext.js";
import { setOwn } from "./setOwn.js";

/** `NAME=value`, or `NAME` with this machine's value; a name unknown here is taken out of the container's own. */
function parseVariable(text: string, context: StartArgsContext): [name: string, entry: string] {
  const [name, value] = cut(text, "=");
  if (name === "") return takes("NAME=value, or NAME alone");
  const found = value ?? lookUpEnv(context, name);
  return [name, found === undefined ? name : `${name}=${found}`];
}

function parseLabel(text: string): [key: string, value: string] {
  const [key, value = ""] = cut(text, "=");
  const trimmed = key.replace(/^[ \t]+/, "");
  if (trimmed === "" || /[ \t]/.test(trimmed)) return takes("key=value, without spaces in the key");
  return ownKey([key, value]);
}

function ownKey(label: [key: string, value: string]): [key: string, value: string] {
  const ours = label[0].startsWith("com.imbue.mngr.") || label[0].startsWith("agent-containers.");
  return ours ? takes("labels outside com.imbue.mngr. and agent-containers., which are ours") : label;
}

function parseLabelFile(text: string, context: StartArgsContext): [string, string][] {
  const lines = parseKvFile(readTextFile(context, text), () => undefined);
  return lines.map((line) => {
    const [key, value = ""] = cut(line, "=");
    return ownKey([key, value]);
  });
}

/** Variables and labels. */
export const environmentFlags: readonly Flag[] = [
  flag("env", parseVariable, (draft, [name, entry]) => draft.env.set(name, entry), { short: "e" }),
  flag(
    "env-file",
    (text, context) => parseKvFile(readTextFile(context, text), (key) => lookUpEnv(context, key)),
    (draft, lines) => draft.envFile.push(...lines),
  ),
  flag("label", parseLabel, (draft, [key, value]) => setOwn(draft.labels, key, value), { short: "l" }),
  flag("label-file", parseLabelFile, (draft, labels) => {
    for (const [key, value] of labels) setOwn(draft.labelFile, key, value);
  }),
];
