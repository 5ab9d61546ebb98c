/** What run.mjs tells the suite. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the suite with test/workbench/run.mjs`);
  return value;
}
