import { PassThrough } from "node:stream";
import { messageOf } from "../model/errors.js";
import { anySignal } from "../util/abort.js";
import { git, type GitSide } from "./gitSide.js";

/**
 * Brings commits with all that they need from one repository to another, over nothing but the two gits' inputs and
 * outputs: no remote is configured, no ref is touched, memory is bounded. `known` are commits that both have. What
 * arrives is checked to be whole, because one side is an agent's; half a transfer leaves nothing that counts.
 * `EXEC_FAILED`.
 */
export async function transferObjects(
  from: GitSide,
  to: GitSide,
  { tips, known, signal }: { tips: readonly string[]; known: readonly string[]; signal?: AbortSignal },
): Promise<void> {
  if (tips.length === 0) return;
  const wanted = [...tips, ...known.map((id) => `^${id}`)].map((line) => `${line}\n`).join("");
  const pipe = new PassThrough();
  // Both ends hear of it as well, and `first` says it.
  pipe.on("error", () => undefined);
  const failed = new AbortController();
  const both = anySignal(signal, failed.signal);
  let first: unknown;
  const fail = (error: unknown) => {
    first ??= error;
    failed.abort();
    pipe.destroy(new Error(messageOf(error)));
    throw error;
  };
  const pack = ["pack-objects", "--revs", "--thin", "--delta-base-offset", "--stdout", "-q"];
  const settled = await Promise.allSettled([
    git(from, pack, { input: wanted, output: pipe, signal: both }).then(() => pipe.end(), fail),
    git(to, ["index-pack", "--stdin", "--fix-thin"], { input: pipe, signal: both }).catch(fail),
  ]);
  signal?.throwIfAborted();
  if (settled.some(({ status }) => status === "rejected")) throw first;
  // As `git fetch` does before it believes.
  const check = ["rev-list", "--objects", "--quiet", "--stdin", "--not", "--all"];
  await git(to, check, { input: tips.map((id) => `${id}\n`).join(""), signal });
}
