import { createHash } from "node:crypto";
import { AgentError } from "../model/errors.js";
import { roleLabel } from "../model/labels.js";
import type { ImageFacts } from "../ports/engine.js";
import { quotedWord } from "./dockerfileWord.js";
import { initPath, initVersion } from "./initFiles.js";

/** A base image with sshd, our packages and our init inside, ready to make agents from. */
export interface PreparedImage {
  /** `sha256:…`. */
  id: string;
  /** To create containers by: the tag keeps the image from being taken for a dangling one. */
  reference: string;
  user: string;
  uid: number;
  gid: number;
  home: string;
  /** The image's own environment, `KEY=value`. */
  env: readonly string[];
  /** The base image's; empty when it has none. */
  workingDir: string;
  /** False when the image was there already and nothing was done. */
  built: boolean;
}

/** What makes one prepared image differ from another. */
export interface PreparedKey {
  baseId: string;
  packages: readonly string[];
  user: string;
  /** Where it is not the engine's own: some stores give the images of all platforms one id. */
  platform?: string;
}

/** The user as the prepare script found or made it. */
export interface PreparedUser {
  uid: number;
  gid: number;
  home: string;
}

/** Images carry it; its value is the key's hash. `prune` finds left-overs by it. */
export const preparedLabel = "agent-containers.prepared.key";
/** Says which version of our init is inside: an image with another one is never used again. */
export const preparedInitLabel = "agent-containers.prepared.init";
/** The id of the image that it was prepared from. */
export const preparedBaseLabel = "agent-containers.prepared.base";
const label = (fact: string) => `agent-containers.prepared.${fact}`;

/** The name of the prepared image for a key, and so the question whether it is there. */
export function preparedReference(key: PreparedKey): { hash: string; reference: string } {
  const facts = [
    key.baseId,
    [...new Set(key.packages)].sort(),
    key.user,
    initVersion,
    ...(key.platform ? [key.platform] : []),
  ];
  const hash = createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
  return { hash, reference: `agent-containers-prepared:${hash}` };
}

/** Dockerfile instructions for the commit that makes a prepared image of the prepare container. */
export function preparedChanges(key: PreparedKey, user: PreparedUser): string[] {
  const labels = {
    [preparedLabel]: preparedReference(key).hash,
    [preparedInitLabel]: initVersion,
    [preparedBaseLabel]: key.baseId,
    [label("user")]: key.user,
    [label("uid")]: String(user.uid),
    [label("gid")]: String(user.gid),
    [label("home")]: user.home,
    // A commit takes over the labels of the container; this one would call every agent a prepare container.
    [roleLabel]: "prepared",
  };
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${quotedWord(value)}`);
  return [
    `ENTRYPOINT ${JSON.stringify([initPath])}`,
    "CMD []",
    "USER root",
    // The base's check looks for a service that our entrypoint does not start.
    "HEALTHCHECK NONE",
    `LABEL ${pairs.join(" ")}`,
  ];
}

/** Reads a prepared image back from its labels. `PREPARE_FAILED` when they are not ours. */
export function readPreparedImage(facts: ImageFacts, reference: string, built: boolean): PreparedImage {
  const { labels, id, env, workingDir } = facts;
  const user = labels[label("user")];
  const home = labels[label("home")];
  const [uid, gid] = [label("uid"), label("gid")].map((name) => Number.parseInt(labels[name] ?? "", 10));
  if (!user || !home || uid === undefined || gid === undefined || !(uid >= 0 && gid >= 0)) {
    throw new AgentError("PREPARE_FAILED", `The image ${reference} was not made by Agent Containers.`, {
      remedy: `Remove it, and create the agent again: docker rmi ${reference}`,
    });
  }
  return { id, reference, user, uid, gid, home, env, workingDir, built };
}
