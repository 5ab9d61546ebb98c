/**
 * Tries an assertion until it holds.
 * @param attempt throws while it does not hold.
 * @param limit in ms; the last error is thrown after it.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, limit = 15_000): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
