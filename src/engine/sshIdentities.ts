import { readFile } from "node:fs/promises";
import type { AnyAuthMethod, BaseAgent, IdentityCallback, ParsedKey } from "ssh2";
import { createAgent, utils } from "ssh2";
import { messageOf } from "../model/errors.js";
import type { SshTarget } from "./sshTarget.js";

// Needs ssh2: reached by `await import("./sshLink.js")` only, so that a bundle keeps it in a chunk of its own.

/** What a login offers, in order, and why some keys are not among it. */
export interface Identities {
  methods: AnyAuthMethod[];
  /** Sentences' ends for an error: `/home/me/.ssh/id_rsa (it has a passphrase)`. */
  notes: string[];
}

/**
 * The user's keys in OpenSSH's order: those of the agent that the configuration names, the agent's others (not with
 * IdentitiesOnly), then files that the agent does not hold. A file that does not exist is no error.
 */
export async function readIdentities(target: SshTarget): Promise<Identities> {
  const notes: string[] = [];
  const configured: Buffer[] = [];
  const files: ParsedKey[] = [];
  for (const path of target.identityFiles) {
    const key = await readKey(path, notes);
    const shown = key ?? (await readKey(`${path}.pub`, []));
    if (shown) configured.push(shown.getPublicSSH());
    if (key?.isPrivateKey()) files.push(key);
  }
  const username = target.user;
  const { agentSocket } = target;
  const agent = agentSocket
    ? [
        {
          type: "agent",
          username,
          agent: orderedAgent(agentSocket, configured, target.identitiesOnly),
        } as const,
      ]
    : [];
  return {
    // `none` lets a server in that knows us otherwise, as Tailscale's does.
    methods: [
      { type: "none", username },
      ...agent,
      ...files.map((key) => ({ type: "publickey", username, key }) as const),
    ],
    notes,
  };
}

async function readKey(path: string, notes: string[]): Promise<ParsedKey | undefined> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!absent) notes.push(`${path} (${messageOf(error)})`);
    return undefined;
  }
  const parsed: ParsedKey | Error = utils.parseKey(text);
  if (!(parsed instanceof Error)) return parsed;
  notes.push(`${path} (${parsed.message.includes("passphrase") ? "it has a passphrase" : parsed.message})`);
  return undefined;
}

function isParsed(key: unknown): key is ParsedKey {
  return typeof key === "object" && key !== null && "getPublicSSH" in key;
}

/** The user's ssh-agent, its keys in the order in which OpenSSH would offer them. */
function orderedAgent(socketPath: string, configured: readonly Buffer[], only: boolean): BaseAgent {
  const agent = createAgent(socketPath);
  const ask = agent.getIdentities.bind(agent);
  const rank = (key: ParsedKey) => configured.findIndex((wanted) => wanted.equals(key.getPublicSSH()));
  return Object.assign(agent, {
    getIdentities(done: IdentityCallback) {
      ask((error, keys = []) => {
        // Kinds that ssh2 does not know come as something else.
        const known = keys.filter(isParsed);
        const named = known.filter((key) => rank(key) >= 0).sort((a, b) => rank(a) - rank(b));
        if (error) done(error);
        else done(null, only ? named : [...named, ...known.filter((key) => rank(key) < 0)]);
      });
    },
  });
}
