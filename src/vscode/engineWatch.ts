import type { EngineLink, EngineState } from "../store/state.js";

/** What became of an engine, for people. */
export interface EngineNews {
  kind: "lost" | "back";
  engine: string;
  /** Of a lost one. */
  problem?: { message: string; remedy?: string };
}

interface Known {
  link: EngineLink;
  /** True once it was there in this window: what never was cannot be lost. */
  wasLive: boolean;
  /** Attempts that have failed since. */
  failures: number;
  told: boolean;
}

/** Said after the connection broke and two attempts to have it back failed: a restart of Docker takes a moment. */
const failuresBeforeNews = 3;

/** Finds the engines that were lost and are back, each said once, and back only where lost was said (SPEC V4). */
export class EngineWatch {
  private known = new Map<string, Known>();

  /** What is new since the last look. */
  take(engines: readonly EngineState[]): readonly EngineNews[] {
    const news: EngineNews[] = [];
    const now = new Map<string, Known>();
    for (const { name, link } of engines) {
      const before = this.known.get(name);
      now.set(name, before?.link === link ? before : this.next(name, link, before, news));
    }
    this.known = now;
    return news;
  }

  private next(engine: string, link: EngineLink, before: Known | undefined, news: EngineNews[]): Known {
    const { wasLive = false, failures = 0, told = false } = before ?? {};
    switch (link.kind) {
      case "live":
        if (told) news.push({ kind: "back", engine });
        return { link, wasLive: true, failures: 0, told: false };
      case "down": {
        const lost = wasLive && !told && failures + 1 >= failuresBeforeNews;
        if (lost) news.push({ kind: "lost", engine, problem: link.problem });
        return { link, wasLive, failures: failures + 1, told: told || lost };
      }
      case "idle":
      case "connecting":
        return { link, wasLive, failures, told };
    }
  }
}
