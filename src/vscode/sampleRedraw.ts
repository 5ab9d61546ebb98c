import type { Disposable } from "../util/dispose.js";

/** How often a row is drawn anew for its numbers, in milliseconds. */
export interface SamplePace {
  /** Between two drawings of one row. */
  gapMs: number;
  /** After somebody began to read a row's tooltip. */
  readingMs: number;
}

interface Waiting {
  last: number;
  readUntil: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Holds back what samples would redraw. VS Code closes the tooltip of a row that is drawn anew, and forgets one that
 * was about to open, until the mouse moves again: so numbers that jump every second may not draw every second, and
 * not at all while somebody reads. The last word is always seen. No timer runs while nothing is held back.
 */
export class SampleRedraw implements Disposable {
  private readonly targets = new Map<string, Waiting>();

  constructor(
    private readonly redraw: (target: string) => void,
    private readonly pace: SamplePace,
  ) {}

  /** There is a new sample of the agent. */
  ask(target: string): void {
    const waiting = this.of(target);
    if (waiting.timer === undefined) this.schedule(target, waiting);
  }

  /** The tooltip of the agent's row was asked for. */
  reading(target: string): void {
    const waiting = this.of(target);
    waiting.readUntil = performance.now() + this.pace.readingMs;
    if (waiting.timer === undefined) return;
    clearTimeout(waiting.timer);
    this.schedule(target, waiting);
  }

  /** Forgets an agent that is not listed any more. */
  keepOnly(targets: ReadonlySet<string>): void {
    for (const [target, { timer }] of this.targets) {
      if (targets.has(target)) continue;
      clearTimeout(timer);
      this.targets.delete(target);
    }
  }

  dispose(): void {
    this.keepOnly(new Set());
  }

  private of(target: string): Waiting {
    const known = this.targets.get(target) ?? { last: -Infinity, readUntil: -Infinity, timer: undefined };
    this.targets.set(target, known);
    return known;
  }

  private schedule(target: string, waiting: Waiting): void {
    const now = performance.now();
    const due = Math.max(now, waiting.last + this.pace.gapMs, waiting.readUntil);
    waiting.timer = setTimeout(() => {
      waiting.timer = undefined;
      waiting.last = performance.now();
      this.redraw(target);
    }, due - now);
  }
}
