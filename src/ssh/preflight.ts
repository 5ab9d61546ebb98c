import { once } from "node:events";
import { isAgentError, messageOf } from "../model/errors.js";
import { withLogin, type LoginOptions } from "./login.js";
import type { LoginSession } from "./loginSession.js";
import { judgeFacts, factsScript } from "./preflightFacts.js";

// Needs ssh2 through login.ts: reached by `await import("./preflight.js")` only.

export type PreflightStepName = "banner" | "login" | "forwarding" | "tools" | "libc" | "disk";

/** One thing that VS Code's server needs of an agent (SPEC H6). */
export interface PreflightStep {
  step: PreflightStepName;
  ok: boolean;
  /** What was found, for the user. */
  detail?: string;
  /** When not `ok`. */
  remedy?: string;
}

export interface PreflightReport {
  /** In the order of the checks; those after a failed login are absent. */
  steps: PreflightStep[];
  /** The first that is not ok. */
  failed?: PreflightStep;
}

const forwardMs = 5_000;
/** A start-up file that asks something would wait for ever. */
const factsMs = 15_000;

/**
 * Looks over one login whether Remote-SSH will work: sshd answers, takes the key, forwards to its own loopback, and
 * the container has the tools, the C library and the disk space. A failed check is a step, not an error; rejects with
 * the signal's reason only. `innerPort` is sshd's port inside the container, 22 by default.
 */
export async function preflight(options: LoginOptions & { innerPort?: number }): Promise<PreflightReport> {
  let loggedIn = false;
  try {
    const checked = await withLogin(options, async (session) => {
      loggedIn = true;
      const [forwarding, facts] = await Promise.all([
        checkForwarding(session, options.innerPort ?? 22),
        checkFacts(session),
      ]);
      return [forwarding, ...facts];
    });
    return report([{ step: "banner", ok: true }, { step: "login", ok: true }, ...checked]);
  } catch (error) {
    if (options.signal?.aborted || !isAgentError(error)) throw error;
    const failed = { ok: false, detail: error.message, remedy: error.remedy };
    if (error.code === "SSH_UNREACHABLE" && !loggedIn) return report([{ step: "banner", ...failed }]);
    return report([
      { step: "banner", ok: true },
      { step: "login", ...failed },
    ]);
  }
}

function report(steps: PreflightStep[]): PreflightReport {
  return { steps, failed: steps.find((step) => !step.ok) };
}

/** Remote-SSH reaches its server through such a channel. The first bytes of sshd's banner prove it. */
async function checkForwarding(session: LoginSession, port: number): Promise<PreflightStep> {
  const signal = AbortSignal.timeout(forwardMs);
  try {
    const channel = await session.forward("127.0.0.1", port, signal);
    try {
      await once(channel, "data", { signal });
    } finally {
      channel.destroy();
    }
    return { step: "forwarding", ok: true };
  } catch (error) {
    return {
      step: "forwarding",
      ok: false,
      detail: `sshd does not forward connections to the container's own ports: ${messageOf(error)}`,
      remedy: "Set AllowTcpForwarding local (or yes) in the container's sshd_config, and restart the agent.",
    };
  }
}

async function checkFacts(session: LoginSession): Promise<PreflightStep[]> {
  const signal = AbortSignal.timeout(factsMs);
  try {
    // By standard input, because the login shell may be any.
    const { stdout, stderr } = await session.run("sh -s", { stdin: factsScript, signal });
    return judgeFacts(stdout, stderr);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return judgeFacts("", `it did not end within ${factsMs / 1_000} s`);
  }
}
