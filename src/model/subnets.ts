interface Range {
  from: number;
  to: number;
}

/** Undefined for what is no IPv4 CIDR. */
function parseRange(cidr: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const from = Math.floor(address / size) * size;
  return { from, to: from + size - 1 };
}

/** True for an IPv4 network like `172.28.0.0/16`. */
export function isSubnet(text: string): boolean {
  return parseRange(text) !== undefined;
}

/**
 * A network of 65,536 private addresses (RFC 1918, the blocks that Docker itself takes from) that overlaps none of
 * `taken`; undefined where there is none. What is no IPv4 CIDR among `taken` is passed over.
 */
export function freeSubnet(taken: readonly string[]): string | undefined {
  const ranges = taken.flatMap((cidr) => parseRange(cidr) ?? []);
  const candidates = [
    ...Array.from({ length: 16 }, (_, n) => `172.${16 + n}.0.0/16`),
    ...Array.from({ length: 256 }, (_, n) => `10.${n}.0.0/16`),
  ];
  return candidates.find((cidr) => {
    const mine = parseRange(cidr);
    return mine !== undefined && !ranges.some(({ from, to }) => from <= mine.to && mine.from <= to);
  });
}
