import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "./client.js";
import { factsFromList } from "./containerFacts.js";

/** Milliseconds. A list lags 1 or 2 behind; one whose container was started again meanwhile is not waited for long. */
const longest = 500;

/**
 * Resolves when the engine's list of containers knows, too, that `id` does not run any more. Engines 26 and 28 answer
 * a stop and a wait a moment before their lists do (20.10: never), and who asked for a stop may ask for the list next.
 * An inspect and the events are never behind.
 */
export async function awaitListed(client: Client, id: string): Promise<void> {
  const signal = AbortSignal.timeout(longest);
  const filters = { id: [id], status: ["running"] };
  const call = { operation: "other", subject: "containers", signal } as const;
  try {
    for (;;) {
      const items = await client.run(call, (docker) => docker.listContainers({ all: true, filters }));
      if (factsFromList(items).length === 0) return;
      await delay(2, undefined, { signal });
    }
  } catch {
    // What was asked for is done, whatever becomes of this look.
  }
}
