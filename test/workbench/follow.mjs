// @ts-check
import { readFile, watch } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../../scripts/setup/cache.mjs";

/**
 * Passes on what is appended to a file, as it comes; the file need not exist yet.
 * @param {string} file
 * @param {(text: string) => void} show
 * @returns {() => Promise<void>} Shows what is still unshown, and stops.
 */
export function follow(file, show) {
  const stop = new AbortController();
  let offset = 0;
  const showNew = async () => {
    const text = await readFrom(file, offset);
    offset += Buffer.byteLength(text);
    show(text);
  };
  const following = (async () => {
    try {
      const changes = watch(dirname(file), { signal: stop.signal });
      for await (const { eventType } of changes) if (eventType === "change") await showNew();
    } catch (error) {
      if (!hasCode(error, "ABORT_ERR")) throw error;
    }
  })();
  return async () => {
    stop.abort();
    await following;
    await showNew();
  };
}

/** @param {string} file @param {number} offset */
async function readFrom(file, offset) {
  try {
    return (await readFile(file)).subarray(offset).toString();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "";
    throw error;
  }
}
