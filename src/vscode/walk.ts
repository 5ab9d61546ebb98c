/** What a question comes to. */
export type Answer<T> = { kind: "next"; value: T } | { kind: "back" } | { kind: "cancelled" };

/** Where a question stands among all. */
export interface Position {
  /** From 1. */
  step: number;
  total: number;
}

/** One question: takes the answers so far, gives them with its own. */
export type Step<T> = (answers: T, position: Position) => Promise<Answer<T>>;

/**
 * Asks one question after another, forth and back; an answer given before going back is kept. `stepsFor` says which
 * questions the answers so far lead to. Undefined when the user closes a question, or goes back from the first.
 */
export async function walk<T>(
  first: T,
  stepsFor: (answers: T) => readonly Step<T>[],
): Promise<T | undefined> {
  let answers = first;
  let index = 0;
  for (;;) {
    const steps = stepsFor(answers);
    const step = steps[index];
    if (!step) return answers;
    const answer = await step(answers, { step: index + 1, total: steps.length });
    switch (answer.kind) {
      case "next":
        answers = answer.value;
        index += 1;
        break;
      case "back":
        if (index === 0) return undefined;
        index -= 1;
        break;
      case "cancelled":
        return undefined;
    }
  }
}
