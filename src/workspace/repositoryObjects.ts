import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { invalid } from "./repository.js";

/** A file of an object store, by its path there. */
export interface ObjectFile {
  folder: string;
  path: string;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/**
 * All object stores that a repository reads from: its own, and those that it borrows from (`info/alternates`,
 * gitrepository-layout(5)), each once. `WORKSPACE_INVALID` when one is not there.
 */
export async function objectStores(own: string): Promise<string[]> {
  const found = new Set<string>();
  const visit = async (store: string, borrower: string): Promise<void> => {
    if (found.has(store)) return;
    found.add(store);
    const text = await readFile(join(store, "info", "alternates"), "utf8").catch((error: unknown) => {
      if (isMissing(error)) return "";
      throw error;
    });
    const exists = await readdir(store).then(
      () => true,
      () => false,
    );
    if (!exists) {
      throw invalid(
        `The repository borrows objects from ${store}, which cannot be read (${borrower} says so).`,
        'Bring it back, or set the mode of the workspace to "copy".',
      );
    }
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      await visit(resolve(store, line), join(store, "info", "alternates"));
    }
  };
  await visit(own, own);
  return [...found];
}

/**
 * The objects of a store: loose ones and packs, each pack before its index. Left out is what git makes anew (bitmaps,
 * the commit graph), what names other stores, and half-written files.
 */
export async function listObjects(store: string): Promise<ObjectFile[]> {
  const loose = (await namesIn(store)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort();
  const objects = await Promise.all(
    loose.map(async (name) =>
      (await namesIn(join(store, name)))
        .filter((rest) => /^[0-9a-f]{38,62}$/.test(rest))
        .sort()
        .map((rest) => `${name}/${rest}`),
    ),
  );
  const order = [".pack", ".promisor", ".rev", ".idx"];
  const endOf = (name: string) => order.indexOf(/\.[a-z]+$/.exec(name)?.[0] ?? "");
  const packs = (await namesIn(join(store, "pack")))
    .filter((name) => name.startsWith("pack-") && endOf(name) >= 0)
    .sort((a, b) => endOf(a) - endOf(b) || (a < b ? -1 : 1))
    .map((name) => `pack/${name}`);
  return [...objects.flat(), ...packs].map((path) => ({ folder: store, path }));
}
