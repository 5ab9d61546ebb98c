import { stripVTControlCharacters } from "node:util";
import type { AgentRow } from "../store/rows.js";
import type { Translate } from "./text.js";

const maxLine = 200;
const maxNames = 5;

/** What sshd says of each login: true, and never the reason of an end. */
const sshdChatter =
  /^(Accepted|Server listening|Received (signal|disconnect)|Disconnected|Connection (closed|reset)) /;

/**
 * The last line that says something, of what a container wrote, as a notification can show it: without control
 * characters, not too long, and without what a notification would make a link of. Empty where there is none.
 */
export function lastLine(text: string): string {
  const line = stripVTControlCharacters(text)
    .split("\n")
    // eslint-disable-next-line no-control-regex -- they are what it takes out
    .map((one) => one.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028-\u202e]+/g, " ").trim())
    .filter((one) => one !== "" && !sshdChatter.test(one))
    .at(-1);
  return line === undefined ? "" : plainNotice(line.length > maxLine ? `${line.slice(0, maxLine)}…` : line);
}

/** A notification makes links of `[text](address)`. */
export function plainNotice(text: string): string {
  return text.replaceAll("](", "] (");
}

/** What is said of one agent that ended unexpectedly. */
export function exitNotice({ agent }: AgentRow, line: string, t: Translate): string {
  const reason = plainNotice(agent.stateReason);
  return line
    ? t("The agent {0} has ended. {1} Its last line: {2}", agent.name, reason, line)
    : t("The agent {0} has ended. {1}", agent.name, reason);
}

/** What is said of several that ended together. */
export function exitsNotice(rows: readonly AgentRow[], t: Translate): string {
  const names = rows.slice(0, maxNames).map(({ agent }) => plainNotice(agent.name));
  if (rows.length > maxNames) names.push("…");
  const reasons = new Set(rows.map(({ agent }) => agent.stateReason));
  const [reason = ""] = reasons;
  return reasons.size === 1
    ? t("{0} agents have ended: {1}. {2}", rows.length, names.join(", "), plainNotice(reason))
    : t("{0} agents have ended: {1}.", rows.length, names.join(", "));
}
