import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Older marks are of no use any more. */
const keptMs = 86_400_000;

/**
 * True for the first window that claims `key`, and for no other: several windows see the same end of the same agent,
 * and the user is to be told once. Marks are empty files in `folder`, which all windows share.
 */
export async function claim(folder: string, key: string, now: number): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const name = createHash("sha256").update(key).digest("hex").slice(0, 32);
  try {
    await writeFile(join(folder, name), "", { flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  await forget(folder, now);
  return true;
}

async function forget(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Another window may have taken it away meanwhile.
    const marked = await stat(path).catch(() => undefined);
    if (marked && now - marked.mtimeMs > keptMs) await rm(path, { force: true });
  }
}
