import { finished } from "node:stream/promises";
import { messageOf } from "../model/errors.js";
import type { Client } from "./client.js";
import { asStream, pathPart } from "./client.js";
import type { FreezeGate } from "./freezeGate.js";

/** The variable that marks a command of ours, and all that it starts, inside the container. */
export const execMarker = "AGENT_CONTAINERS_EXEC_ID";

/**
 * TERM to every process whose environment holds the marker, again until none is left, and KILL after about a
 * second. It gives up after half a second without having seen one: the command had ended, or never began.
 * `tr` and `grep` are in every image that has a `sh`; a process's environment can be read by its own user only.
 */
const script = `
marked() {
  for process in /proc/[0-9]*; do
    if tr '\\0' '\\n' 2>/dev/null <"$process/environ" | grep -qxF "$1"; then echo "\${process#/proc/}"; fi
  done 2>/dev/null
}
seen= signal=TERM
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  found=$(marked "$1")
  if [ -n "$found" ]; then seen=1; kill -s "$signal" $found
  elif [ -n "$seen" ] || [ "$round" -gt 5 ]; then exit 0
  fi
  if [ "$round" -gt 10 ]; then signal=KILL; fi
  sleep 0.1 || sleep 1
done 2>/dev/null
`;

/** How long an abort may wait for the kill. */
const killMs = 5000;

/**
 * Kills what an exec started. The engine has no verb for it, and the pid that it tells is the host's; so a second
 * exec, as the same user, looks for the marker in /proc. Settles when the processes are gone, or `killMs` are over.
 * Never throws: it runs beside an abort, whose reason is what the caller must see.
 */
export async function killExec(
  { client, gate }: { client: Client; gate: FreezeGate },
  id: string,
  marker: string,
  user?: string,
): Promise<void> {
  let begun = () => undefined as void;
  try {
    const signal = AbortSignal.timeout(killMs);
    const call = { operation: "exec", subject: id, deadlineMs: killMs, signal } as const;
    // It ends by itself after a moment; a freeze may wait for that.
    begun = await gate.enter(id, () => Promise.resolve(false), signal);
    await client.run({ ...call, long: true }, async (docker) => {
      const exec = await docker.getContainer(pathPart(id)).exec({
        Cmd: ["sh", "-c", script, "sh", `${execMarker}=${marker}`],
        AttachStdout: true,
        AttachStderr: true,
        ...(user !== undefined && { User: user }),
      });
      // The stream ends with the script.
      const stream = await exec.start({});
      await finished(asStream(stream, client.engine).resume());
    });
  } catch (error) {
    // The container or the engine is gone, and the command with it; or the image has no shell.
    client.log.warn(`A cancelled command may still run in ${id.slice(0, 12)}: ${messageOf(error)}`);
  } finally {
    begun();
  }
}
