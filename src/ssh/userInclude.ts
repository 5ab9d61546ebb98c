/**
 * The one line of ours in the user's `~/.ssh/config`. Texts are latin1 views of the file's bytes, so that every byte
 * that is not ours comes out as it went in, in whatever encoding it is.
 */
const marker = "# Agent Containers: this and the next line go with the last agent.";
const byteOrderMark = "\u00ef\u00bb\u00bf";

/** The Include line for our file at `path` (absolute, forward slashes), without a line end, as UTF-8. */
export function includeLine(path: string): string {
  // Include takes a glob, so that the characters of one need a backslash.
  const literal = path.replace(/[*?[\]]/g, "\\$&");
  return `Include ${/\s/.test(literal) ? `"${literal}"` : literal}`;
}

/**
 * Whether our file is included where it can win: before every directive but other Includes. ssh takes the first value
 * that it finds, and below a `Host` line an Include counts for that host only.
 */
export function isIncluded(text: string, path: string): boolean {
  const wanted = latin1(includeLine(path)).slice("Include ".length).replaceAll('"', "");
  for (const line of linesOf(withoutMark(text))) {
    const directive = line.trim();
    if (directive === "" || directive.startsWith("#")) continue;
    const [, args] = /^include[\s=]+(.*)$/i.exec(directive) ?? [];
    if (args === undefined) return false;
    if (args.replaceAll('"', "") === wanted) return true;
  }
  return false;
}

/** The text with our line at its very top, in the line ends of the file; what we had put elsewhere is gone. */
export function withInclude(text: string, path: string): string {
  const rest = withoutInclude(text, path);
  const mark = rest.startsWith(byteOrderMark) ? byteOrderMark : "";
  const end = /\r?\n/.exec(rest)?.[0] ?? "\n";
  return `${mark}${marker}${end}${latin1(includeLine(path))}${end}${rest.slice(mark.length)}`;
}

/** The text without our line and its comment: the bytes that were there before `withInclude`. */
export function withoutInclude(text: string, path: string): string {
  const mark = text.startsWith(byteOrderMark) ? byteOrderMark : "";
  const ours = new Set([marker, latin1(includeLine(path))]);
  const kept = linesOf(withoutMark(text)).filter((line) => !ours.has(line.replace(/\r?\n$/, "")));
  return mark + kept.join("");
}

const withoutMark = (text: string) =>
  text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text;
const linesOf = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const latin1 = (text: string) => Buffer.from(text, "utf8").toString("latin1");
