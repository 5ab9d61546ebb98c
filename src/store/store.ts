import type { Logger } from "../util/log.js";
import { Emitter, type Event } from "../util/event.js";
import { reduce, type Message } from "./reduce.js";
import { emptyState, type State } from "./state.js";

/** What is true now, and word of every change. The only holder of state in the core. */
export class Store {
  private current: State = emptyState;
  private readonly changes = new Emitter<State>();

  readonly onDidChange: Event<State> = this.changes.event;

  constructor(private readonly log: Logger) {}

  get state(): State {
    return this.current;
  }

  readonly dispatch = (message: Message): void => {
    const before = this.current;
    this.current = reduce(before, message);
    if (this.current === before) return;
    this.log.debug(`state: ${message.type}`);
    this.changes.fire(this.current);
  };
}
