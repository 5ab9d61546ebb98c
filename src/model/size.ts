const units: Record<string, number> = { b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Bytes of a size as `docker run --memory` takes it: a number, perhaps one space, a binary unit (`b k m g t p`, with
 * an optional `b` or `ib`), upper or lower case. Undefined for anything else.
 * Source: docker/go-units, RAMInBytes.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+) ?(?:(b)|([kmgtp])(?:i?b)?)?$/i.exec(text);
  if (!match?.[1]) return undefined;
  const unit = (match[2] ?? match[3] ?? "b").toLowerCase();
  return Math.floor(Number(match[1]) * 1024 ** (units[unit] ?? 0));
}

/** `512 MB`, `2 GB`: for people, in the units of `docker stats`. */
export function renderBytes(bytes: number): string {
  const names = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let index = 0;
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024;
    index += 1;
  }
  const digits = value < 10 && index > 0 && !Number.isInteger(value) ? 1 : 0;
  return `${value.toFixed(digits)} ${names[index] ?? ""}`;
}
