/** How long an answer serves those that ask for the same, in milliseconds: one burst of the editor. */
const freshMs = 1000;

interface Kept<T> {
  value: Promise<T>;
  /** When it was answered; undefined while it is under way. */
  at?: number;
}

/** Answers of one burst of questions: who asks while one is under way, or just after, gets the same. No timer runs. */
export class FolderCache<T> {
  private kept = new Map<string, Kept<T>>();

  constructor(private readonly now: () => number) {}

  /** What `ask` gives, or gave a moment ago. A failure is not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.kept.get(key);
    if (known && (known.at === undefined || this.now() - known.at < freshMs)) return known.value;
    for (const [old, { at }] of this.kept) {
      if (at !== undefined && this.now() - at >= freshMs) this.kept.delete(old);
    }
    const mine: Kept<T> = { value: ask() };
    this.kept.set(key, mine);
    mine.value.then(
      () => (mine.at = this.now()),
      () => this.kept.get(key) === mine && this.kept.delete(key),
    );
    return mine.value;
  }

  /** What is under way still answers those who asked, and nobody after them. */
  clear(): void {
    this.kept = new Map();
  }
}
