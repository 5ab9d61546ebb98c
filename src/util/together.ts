/**
 * Waits for all before it throws for any, so that no work is left running while its traces are removed. Of several
 * failures the first in the order of the arguments is thrown.
 */
export async function together<T extends readonly unknown[]>(
  ...work: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const settled = await Promise.allSettled(work);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return Promise.all(work);
}
