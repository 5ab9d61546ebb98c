import type { ChangedFile, ChangeStatus } from "../model/changes.js";

const statuses: Readonly<Record<string, ChangeStatus>> = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  T: "type",
};

const absent = (id: string) => /^0+$/.test(id);

/**
 * Reads `git diff-tree -r -z --raw --no-abbrev`, with or without `-M`
 * (https://git-scm.com/docs/git-diff#_raw_output_format). Lines are not counted. Throws for anything else.
 */
export function parseRawDiff(output: string): ChangedFile[] {
  const fields = output.split("\0");
  const files: ChangedFile[] = [];
  for (let at = 0; at < fields.length - 1;) {
    const head = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/.exec(fields[at] ?? "");
    const [, oldMode = "", newMode = "", oldId = "", newId = "", letter = ""] = head ?? [];
    const status = statuses[letter];
    const first = fields[at + 1];
    const second = status === "renamed" ? fields[at + 2] : undefined;
    if (!head || !status || !first || (status === "renamed" && !second))
      throw new Error(`git's list of changes cannot be read at field ${at}`);
    files.push({
      path: second ?? first,
      status,
      ...(second !== undefined && { oldPath: first }),
      additions: 0,
      deletions: 0,
      binary: false,
      ...(!absent(oldId) && { oldId, oldMode }),
      ...(!absent(newId) && { newId, newMode }),
    });
    at += second === undefined ? 2 : 3;
  }
  return files;
}

/** Adds the lines of `git diff-tree -r -z --numstat`, made with the same options, to the files of the raw output. */
export function withLines(files: readonly ChangedFile[], numstat: string): ChangedFile[] {
  const fields = numstat.split("\0");
  const counts = new Map<string, Pick<ChangedFile, "additions" | "deletions" | "binary">>();
  for (let at = 0; at < fields.length - 1; at += 1) {
    const [, added = "", deleted = "", path = ""] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(fields[at] ?? "") ?? [];
    const binary = added === "-";
    const count = { additions: binary ? 0 : Number(added), deletions: binary ? 0 : Number(deleted), binary };
    // A rename has its two names in fields of their own.
    if (path === "") at += 2;
    counts.set(path === "" ? (fields[at] ?? "") : path, count);
  }
  return files.map((file) => ({ ...file, ...counts.get(file.path) }));
}

/** One file as a tree or an index knows it. */
export interface TreeEntry {
  mode: string;
  id: string;
}

/** Reads `git ls-tree -r -z` or stage 0 of `git ls-files -s -z`, by path. */
export function parseEntries(output: string): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (const record of output.split("\0")) {
    const [, mode = "", id = "", stage = "0", path = ""] =
      /^(\d+) (?:[a-z]+ )?([0-9a-f]+)(?: (\d))?\t(.*)$/s.exec(record) ?? [];
    if (path !== "" && stage === "0") entries.set(path, { mode, id });
  }
  return entries;
}
