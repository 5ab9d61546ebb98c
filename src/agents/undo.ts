import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import type { Work } from "./context.js";

/** What takes back the steps of a verb that failed or was cancelled, last step first. */
export class UndoStack {
  private readonly steps: { what: string; undo: () => Promise<unknown> }[] = [];

  constructor(private readonly log: Logger) {}

  /** `what` names the thing for the log: `container web`. */
  push(what: string, undo: () => Promise<unknown>): void {
    this.steps.push({ what, undo });
  }

  /**
   * Runs every step, also after one that fails, and gives what could not be undone. Takes no signal: a cancelled
   * verb is cancelled, its clean-up is not.
   */
  async unwind(): Promise<string[]> {
    const left: string[] = [];
    for (const { what, undo } of this.steps.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        this.log.error(`Could not undo ${what}: ${messageOf(error)}`);
        left.push(what);
      }
    }
    return left;
  }
}

/** Runs `verb`; where it fails or is cancelled, takes back its steps, and says what could not be taken back. */
export async function undone<T>(undo: UndoStack, work: Work, verb: () => Promise<T>): Promise<T> {
  try {
    return await verb();
  } catch (error) {
    if (work.signal?.aborted) work.onProgress("Cancelling");
    const left = await undo.unwind();
    if (left.length === 0) throw error;
    throw new AgentError(
      isAgentError(error) ? error.code : "INTERNAL",
      `${messageOf(error)} Could not remove: ${left.join(", ")}.`,
      { cause: error, remedy: "Remove what is left with Docker, or clean up once the engine answers." },
    );
  }
}
