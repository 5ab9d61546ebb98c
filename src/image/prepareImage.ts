import { AgentError } from "../model/errors.js";
import type { Engine, ImageFacts } from "../ports/engine.js";
import type { Logger } from "../util/log.js";
import { findImage } from "./ensureImage.js";
import { preparedChanges, preparedReference, readPreparedImage } from "./preparedImage.js";
import type { PreparedImage, PreparedKey } from "./preparedImage.js";
import { runPrepare } from "./runPrepare.js";
import { createSharedWork } from "./sharedWork.js";
import type { ShareWork } from "./sharedWork.js";
import { removeSuperseded } from "./supersededImages.js";

export interface PrepareOptions {
  /** Beyond what every agent has, by their names in the image's own package manager. */
  packages: readonly string[];
  /** The agents' user: made when the image has none of that name. */
  user: string;
  /** Of the base, where it is not the engine's own. */
  platform?: string;
  /** Told each line that the installation writes, while it writes. */
  onProgress: (line: string) => void;
  log: Logger;
  signal?: AbortSignal;
}

// By engine object, so that it goes when the engine goes.
const shares = new WeakMap<Engine, ShareWork<PreparedImage, string>>();

/**
 * The prepared image for `base`, these packages and this user (SPEC I3). One inspect when it is there, also offline;
 * otherwise it is made in a temporary container, once for all callers of this process that ask at the same time:
 * each may cancel alone, and the work ends when nobody waits for it. Errors: `SPEC_INVALID` (fields `packages`,
 * `user`), `PREPARE_FAILED` with the last lines of the log, `NO_SPACE`.
 */
export async function ensurePreparedImage(
  engine: Engine,
  base: ImageFacts,
  { packages, user, platform, onProgress, log, signal }: PrepareOptions,
): Promise<PreparedImage> {
  const key: PreparedKey = { baseId: base.id, packages: [...new Set(packages)].sort(), user, platform };
  checkKey(key);
  const { reference } = preparedReference(key);
  const present = await findImage(engine, reference, signal);
  if (present) return readPreparedImage(present, reference, false);

  const share = shares.get(engine) ?? createSharedWork<PreparedImage, string>();
  shares.set(engine, share);
  return share(
    reference,
    (sharedSignal, emit) => prepare(engine, base, key, { onProgress: emit, log, signal: sharedSignal }),
    { onProgress, signal },
  );
}

async function prepare(
  engine: Engine,
  base: ImageFacts,
  key: PreparedKey,
  options: { onProgress: (line: string) => void; log: Logger; signal: AbortSignal },
): Promise<PreparedImage> {
  const { reference, hash } = preparedReference(key);
  return runPrepare(engine, base, key, options, async (containerId, user) => {
    // Another process may have been quicker.
    const theirs = await findImage(engine, reference, options.signal);
    if (theirs) return readPreparedImage(theirs, reference, false);
    options.onProgress("Saving the prepared image");
    await engine.commitContainer(
      containerId,
      {
        reference,
        pause: false,
        comment: "agent-containers: prepared image",
        changes: preparedChanges(key, user),
      },
      options.signal,
    );
    const facts = await engine.inspectImage(reference, options.signal);
    await removeSuperseded(engine, hash, facts.id, options.log);
    return readPreparedImage(facts, reference, true);
  });
}

const packageName = /^[A-Za-z0-9][A-Za-z0-9+._:=~/@-]*$/;
// As useradd takes it.
const userName = /^[a-z_][a-z0-9_-]{0,31}$/;

function checkKey({ packages, user }: PreparedKey): void {
  const wrong = packages.find((name) => !packageName.test(name));
  if (wrong !== undefined) {
    throw new AgentError("SPEC_INVALID", `"${wrong}" is not the name of a package.`, {
      field: "packages",
      remedy: "Give package names as the package manager of the image takes them.",
    });
  }
  if (!userName.test(user)) {
    throw new AgentError("SPEC_INVALID", `"${user}" is not a name for a user.`, {
      field: "user",
      remedy: "Use lower-case letters, digits, - and _, at most 32, starting with a letter; or root.",
    });
  }
}
