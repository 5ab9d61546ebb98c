// @ts-check
import { readFile } from "node:fs/promises";
import { hasCode } from "./cache.mjs";

/** @param {string} text @returns {unknown} What it holds; the caller says what that is. */
export function parseJson(text) {
  /** @type {unknown} */
  const value = JSON.parse(text);
  return value;
}

/**
 * @param {string} file
 * @returns {Promise<unknown>} What it holds; nothing when there is no such file.
 */
export async function readJson(file) {
  try {
    return parseJson(await readFile(file, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
