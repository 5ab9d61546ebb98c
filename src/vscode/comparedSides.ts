import * as vscode from "vscode";
import type { ComparedFile, ComparedSide } from "../model/comparison.js";
import { changesScheme } from "./ids.js";

/** Where one side of a comparison is read: in a snapshot, or in an agent as it is then. */
export type SideSource = { snapshot: string; engine: string } | { agent: string; engine: string };

/** What an editor shows of a file. */
const mostBytes = 20 * 2 ** 20;

/** How the document of a side comes to its text. */
function kindOf({ kind, binary, sizeBytes }: ComparedSide): string {
  if (kind !== "file") return kind;
  if (binary) return "binary";
  return sizeBytes > mostBytes ? "large" : "text";
}

const octal = (mode: number) => mode.toString(8).padStart(4, "0");

/** One side of a compared file. What it holds is part of its address, so that another comparison asks anew. */
function sideUri(source: SideSource, file: ComparedFile, side: ComparedSide): vscode.Uri {
  const query = new URLSearchParams({
    ...source,
    path: file.path,
    kind: kindOf(side),
    id: side.sha256 ?? "",
    size: String(side.sizeBytes),
    ...(side.linkTarget !== undefined && { target: side.linkTarget }),
  });
  // Else nothing of the two would be seen to differ.
  const suffix = file.status === "mode" ? ` (${octal(side.mode)})` : "";
  return vscode.Uri.from({
    scheme: changesScheme,
    path: `${file.path}${suffix}`,
    query: query.toString(),
  });
}

/** Both sides of a file as the multi-file diff takes them; one that is absent is undefined. */
export function comparedSides(
  before: SideSource,
  after: SideSource,
  file: ComparedFile,
): [label: vscode.Uri, left: vscode.Uri | undefined, right: vscode.Uri | undefined] {
  return [
    vscode.Uri.from({ scheme: changesScheme, path: file.path }),
    file.before && sideUri(before, file, file.before),
    file.after && sideUri(after, file, file.after),
  ];
}
