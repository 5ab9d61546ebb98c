import { takes } from "./invalid.js";

/** Beyond this a JSON number loses digits, so that the engine would get another value than was written. */
function exact(value: bigint | number, what: string): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : takes(what);
}

const bases: Record<string, RegExp> = {
  x: /^0x(_?[0-9a-f])+$/i,
  b: /^0b(_?[01])+$/i,
  o: /^0o(_?[0-7])+$/i,
};

/** The number of Go's literal without its sign: `12`, `1_000`, `0x1f`, `0b1`, `0o17`, and `017`, which is octal. */
function goLiteral(text: string): bigint | undefined {
  const prefix = text[1]?.toLowerCase() ?? "";
  const digits = text.replaceAll("_", "");
  if (bases[prefix]?.test(text)) return BigInt(digits.toLowerCase());
  if (/^0(_?[0-7])+$/.test(text)) return BigInt(`0o${digits}`);
  return /^(0|[1-9](_?\d)*)$/.test(text) ? BigInt(digits) : undefined;
}

/** An integer in any base that Go takes, from `min` to `max`. Source: Go, strconv.ParseInt with base 0. */
export function parseInteger(text: string, min = -(2 ** 53), max = 2 ** 53): number {
  const what = min < 0 ? "a whole number" : `a whole number from ${min} to ${max}`;
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  // Go's unsigned numbers take no sign at all.
  const literal = sign && min >= 0 ? undefined : goLiteral(rest);
  if (literal === undefined) return takes(what);
  const value = exact(sign === "-" ? -literal : literal, what);
  return value >= min && value <= max ? value : takes(what);
}

/** A decimal integer. Source: Go, strconv.Atoi. */
export function parseDecimal(text: string, what: string): number {
  return /^[+-]?\d+$/.test(text) ? exact(BigInt(text.replace("+", "")), what) : takes(what);
}

const truths = ["1", "t", "T", "TRUE", "true", "True"];
const lies = ["0", "f", "F", "FALSE", "false", "False"];

/** Source: Go, strconv.ParseBool. */
export function parseBoolean(text: string): boolean {
  if (truths.includes(text)) return true;
  return lies.includes(text) ? false : takes("true or false");
}

const cpusRule = "a number of CPUs like 1.5 or 1/2, at most nine digits after the point";

/** CPUs as a decimal, a fraction or with an exponent → billionths. Source: docker/cli, opts.ParseCPUs. */
export function parseCpus(text: string): number {
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const [above, below] = rest.includes("/") ? parseFraction(rest) : parseDecimalFraction(rest);
  const nano = above * 10n ** 9n;
  if (below === 0n || nano % below !== 0n) return takes(cpusRule);
  return exact(sign === "-" ? -nano / below : nano / below, cpusRule);
}

function parseFraction(text: string): [above: bigint, below: bigint] {
  const [above, below, ...more] = text.split("/").map((part) => goLiteral(part));
  return above === undefined || below === undefined || more.length > 0 ? takes(cpusRule) : [above, below];
}

function parseDecimalFraction(text: string): [above: bigint, below: bigint] {
  const match = /^(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (!match) return takes(cpusRule);
  const [, whole = "", part = "", exponent = "0"] = match;
  const shift = Number(exponent) - part.length;
  return [BigInt(whole + part) * 10n ** BigInt(Math.max(shift, 0)), 10n ** BigInt(Math.max(-shift, 0))];
}

const sizeRule = "a size like 512m or 2g";
const powers = ["b", "k", "m", "g", "t", "p"];

/** A size with a binary unit → bytes. Source: docker/go-units, RAMInBytes. */
export function parseSize(text: string): number {
  // Everything to the last digit, point or space is the number; one space there is left out.
  const [, number = "", unit = ""] = /^(.*[\d.]|.*(?= )) ?([^\d. ]*)$/s.exec(text) ?? [];
  const suffix = /^(?:(b)|([kmgtp])(?:i?b)?)?$/i.exec(unit);
  if (!suffix || !/^[+-]?(\d(_?\d)*(\.(\d(_?\d)*)?)?|\.\d(_?\d)*)(e[+-]?\d(_?\d)*)?$/i.test(number)) {
    return takes(sizeRule);
  }
  const power = powers.indexOf((suffix[2] ?? "b").toLowerCase());
  const value = Number(number.replaceAll("_", ""));
  return value < 0 ? takes(sizeRule) : exact(Math.trunc(value * 1024 ** power), sizeRule);
}

const nanoseconds: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const durationRule = "a time with its unit like 30s or 1m30s";

/** `1m30s` → nanoseconds. Source: Go, time.ParseDuration. */
export function parseDuration(text: string): number {
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return takes(durationRule);
  let total = 0;
  for (const [, whole = "", part = "", unit = ""] of rest.matchAll(/(\d*)(?:\.(\d*))?([a-zµμ]+)/g)) {
    const scale = nanoseconds[unit] ?? takes(durationRule);
    total += Number(whole) * scale + Math.trunc(Number(part) * (scale / 10 ** part.length));
  }
  return exact(sign === "-" ? -total : total, durationRule);
}
