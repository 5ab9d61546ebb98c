/** Translates a sentence and fills `{0}`, `{1}` …: the shape of `vscode.l10n.t`, so that pure code needs no editor. */
export type Translate = (sentence: string, ...values: (string | number | boolean)[]) => string;

/** The sentence as it is written, filled: what tests read. */
export const english: Translate = (sentence, ...values) =>
  sentence.replace(/\{(\d+)\}/g, (placeholder, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? placeholder : String(value);
  });

/**
 * Text from a container as Markdown that shows just that text: no links, no HTML, no emphasis, on one line.
 * What GitHub's Markdown links without brackets (`https://`, `www.`, `a@b`) is broken up as well.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_{}[\]()#+\-.!|~:@$/]/g, "\\$&");
}

const steps: readonly (readonly [seconds: number, sentence: string])[] = [
  [86_400, "{0} d"],
  [3_600, "{0} h"],
  [60, "{0} min"],
];

/**
 * How long ago an ISO time was, in one unit; empty for a time that cannot be read. `now` in milliseconds since 1970.
 */
export function age(iso: string | undefined, now: number, t: Translate): string {
  const then = Date.parse(iso ?? "");
  if (Number.isNaN(then)) return "";
  const seconds = Math.max(0, (now - then) / 1000);
  for (const [size, sentence] of steps) {
    if (seconds >= size) return t(sentence, Math.floor(seconds / size));
  }
  return t("just now");
}
