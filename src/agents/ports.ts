import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { AgentError } from "../model/errors.js";

// Below the range from which Linux (32768) and Windows (49152) hand out ports by themselves: a stopped agent's port
// should still be free when it starts again, because the port is fixed in the container.
const lowest = 20_000;
const highest = 32_000;

/** A port that nothing else in this process will take until it is released. */
export interface ReservedPort {
  port: number;
  release(): void;
}

/** True when nothing on this machine listens on the port, on loopback or on every address. */
async function isFree(port: number): Promise<boolean> {
  const binds = (host: string) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
    });
  return (await binds("127.0.0.1")) && (await binds("0.0.0.0"));
}

/**
 * Hands out host ports. The engine has the last word: another process may take one before the container starts, and
 * the create is then repeated with others.
 */
export class PortReservations {
  private readonly reserved = new Set<number>();

  /**
   * Reserves a free port that is not in `avoid` (those of stopped agents). `local` is false where the engine is on
   * another machine, whose ports cannot be tried from here.
   */
  async take(avoid: ReadonlySet<number>, local: boolean): Promise<ReservedPort> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const port = randomInt(lowest, highest);
      if (avoid.has(port) || this.reserved.has(port)) continue;
      this.reserved.add(port);
      if (!local || (await isFree(port))) return { port, release: () => this.reserved.delete(port) };
      this.reserved.delete(port);
    }
    throw new AgentError("PORT_CONFLICT", `Found no free port between ${lowest} and ${highest}.`, {
      remedy: "Stop what listens there, or destroy agents that are no longer needed.",
    });
  }
}
