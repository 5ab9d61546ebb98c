import { flagCases, type FlagCases } from "./startArgsCases.js";

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One flag with one value, in one of the forms that the command line knows. */
export function writeFlag({ flag, short, isSwitch }: FlagCases, value: string, form: number): string[] {
  if (isSwitch) return [short && form % 2 ? `-${short}${value}` : `--${flag}${value}`];
  // An empty value cannot be attached to a short flag, and one that begins with "=" would be read as without it.
  const attachable = value !== "" && !value.startsWith("=");
  const forms = [
    [`--${flag}`, value],
    [`--${flag}=${value}`],
    ...(short ? [[`-${short}`, value]] : []),
    ...(short && attachable ? [[`-${short}${value}`], [`-${short}=${value}`], [`-P${short}`, value]] : []),
  ];
  return forms[form % forms.length] ?? [];
}

/**
 * `count` combinations of one to seven flags, the same for the same seed. `pick` names the values of a flag that are
 * chosen from, most often the first list.
 */
export function combinations(
  seed: number,
  count: number,
  pick: (cases: FlagCases) => string[][],
): string[][] {
  const random = seeded(seed);
  const choose = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const one = (): string[] => {
    const cases = choose(flagCases);
    if (!cases) return [];
    const lists = pick(cases).filter((list) => list.length > 0);
    const value = choose((random() < 0.85 ? lists[0] : choose(lists)) ?? []);
    return value === undefined ? one() : writeFlag(cases, value, Math.floor(random() * 12));
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(random() * 7) }, one).flat(),
  );
}
