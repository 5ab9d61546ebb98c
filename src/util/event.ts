import type { Disposable } from "./dispose.js";

/** Calls `listener` on every event until the returned handle is disposed. The shape of vscode's own `Event`. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** A source of events. Listeners are called in the order in which they came. */
export class Emitter<T> implements Disposable {
  private readonly listeners = new Set<(value: T) => void>();

  readonly event: Event<T> = (listener) => {
    // A wrapper, so that the same function may listen twice and each handle removes its own.
    const own = (value: T) => listener(value);
    this.listeners.add(own);
    return { dispose: () => this.listeners.delete(own) };
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}
