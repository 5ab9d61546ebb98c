import dockerIgnore from "@balena/dockerignore";
import type { IgnoreRules } from "./ignoreRules.js";

/**
 * The rules of a `.dockerignore`, with Docker's own meaning (the last rule that matches a path or a folder above it
 * wins; patterns begin at the context's root). A folder that is left out, but may hold something that a later `!`
 * brings back, is there when it does.
 */
export function dockerIgnoreRules(text: string): IgnoreRules {
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => (line.startsWith("#") ? "" : line.trim()));
  // The library hands these to a regular expression as they are; Docker escapes them.
  const literal = (line: string) => (process.platform === "win32" ? line : line.replace(/[+()|{}]/g, "\\$&"));
  const matcher = dockerIgnore({ ignorecase: false }).add(lines.filter(Boolean).map(literal));
  const returning = lines.filter((line) => line.startsWith("!")).map((line) => firstNames(line.slice(1)));
  const rules: IgnoreRules = {
    leavesOut(path, isFolder) {
      if (!matcher.ignores(path)) return false;
      return isFolder && returning.some((names) => couldBeBelow(path, names)) ? "unless needed" : true;
    },
    inside: () => Promise.resolve(rules),
  };
  return rules;
}

/** The names of a pattern up to the first that is no plain name; undefined then. */
function firstNames(pattern: string): (string | undefined)[] {
  const parts = pattern.trim().replace(/^\/+/, "").split("/");
  return parts.map((part) => (/[*?[\]\\]/.test(part) ? undefined : part));
}

/** False only where the pattern's plain names lead elsewhere than into `folder`. */
function couldBeBelow(folder: string, names: readonly (string | undefined)[]): boolean {
  for (const [index, name] of folder.split("/").entries()) {
    const wanted = names[index];
    if (wanted === undefined) return true;
    if (wanted !== name) return false;
  }
  return true;
}
