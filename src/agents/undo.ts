import type { Logger } from "../util/log.js";
import { messageOf } from "../model/errors.js";

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
