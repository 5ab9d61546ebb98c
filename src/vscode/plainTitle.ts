import { plainText, shortText } from "../util/plainText.js";

const longestTitle = 80;
const longestMessage = 1000;

/** Zero width: quick picks and the status bar take `$(name)` for an icon, notifications `[text](address)` for a link. */
const apart = (text: string) => text.replaceAll("$(", "$\u200b(").replaceAll("](", "]\u200b(");

/**
 * A name from a container as the title of something of the editor's: a terminal, a channel, a panel, an entry of a
 * quick pick. On one line and short: only text, whatever it says.
 */
export function plainTitle(name: string, longest: number = longestTitle): string {
  return apart(shortText(name, longest));
}

/** A sentence with data in it as a notification, a progress or the status bar can show it: on one line. */
export function plainMessage(text: string): string {
  return apart(shortText(text.replace(/\s+/g, " "), longestMessage));
}

/** The same for a modal dialog, which keeps its lines and knows no links. */
export function plainLines(text: string): string {
  return text
    .slice(0, 4 * longestMessage)
    .split("\n")
    .map(plainText)
    .join("\n");
}
