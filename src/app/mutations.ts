import type { Work } from "../agents/context.js";
import { withOwner } from "../agents/owner.js";
import { messageOf, toAgentError } from "../model/errors.js";
import type { Operation } from "../store/state.js";
import type { Store } from "../store/store.js";
import { KeyedQueue } from "../util/keyedQueue.js";
import type { Logger } from "../util/log.js";
import type { VerbOptions } from "./core.js";

/** Runs what changes agents: one verb at a time per agent, shown in the state while it lasts. */
export class Mutations {
  private readonly queue = new KeyedQueue();

  constructor(
    private readonly store: Store,
    private readonly log: Logger,
  ) {}

  /** Runs `work` as `operation`; its stages go to the state, the log and the caller. Rejects with `AgentError`. */
  run<T>(
    operation: Omit<Operation, "stage">,
    options: VerbOptions | undefined,
    work: (work: Work) => Promise<T>,
  ): Promise<T> {
    const { agentId, name, verb } = operation;
    const show = (stage: string | undefined) =>
      this.store.dispatch({
        type: "operation",
        agentId,
        operation: stage === undefined ? undefined : { ...operation, stage },
      });
    return this.queue.run(agentId, async () => {
      options?.signal?.throwIfAborted();
      show("Waiting");
      try {
        let shown = "";
        const result = await withOwner((owner) =>
          work({
            owner,
            signal: options?.signal,
            onProgress: (stage, detail) => {
              if (stage !== shown) {
                shown = stage;
                this.log.info(`${verb} ${name}: ${stage}`);
                show(stage);
              }
              if (detail) this.log.debug(`${verb} ${name}: ${detail}`);
              options?.onProgress?.({ stage, detail });
            },
          }),
        );
        this.log.info(`${verb} ${name}: done`);
        return result;
      } catch (error) {
        this.log.info(`${verb} ${name}: ${messageOf(error)}`);
        throw toAgentError(error);
      } finally {
        show(undefined);
      }
    });
  }
}
