/** Lists that Go fills from a map, so that their order says nothing. */
const unordered = ["Env", "Binds"];
/** Fields that Go has as pointers, or knows empty from absent: there even nothing says something. */
const telling = [
  ...["MaskedPaths", "ReadonlyPaths", "Init", "StopTimeout"],
  ...["MemorySwappiness", "OomKillDisable", "PidsLimit"],
];

/**
 * The fields in which two values of the Engine API differ, each as `path: first | second`. Null, 0,
 * false, empty text, lists and maps are the same as no field, as they are for Go.
 */
export function differences(first: unknown, second: unknown, path = "", key = ""): string[] {
  if (isNothing(first, key) && isNothing(second, key)) return [];
  if (isMap(first) && isMap(second)) {
    const keys = new Set([...Object.keys(first), ...Object.keys(second)]);
    return [...keys]
      .sort()
      .flatMap((name) => differences(first[name], second[name], `${path}.${name}`, name));
  }
  const [one, two] = [first, second].map((value) => JSON.stringify(inOrder(value, key)));
  return one === two ? [] : [`${path}: ${one} | ${two}`];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isNothing(value: unknown, key: string): boolean {
  if (value === undefined || value === null) return true;
  if (telling.includes(key)) return false;
  if (Array.isArray(value)) return value.length === 0;
  if (isMap(value)) return Object.values(value).every((part) => isNothing(part, ""));
  return value === "" || value === 0 || value === false;
}

function inOrder(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => inOrder(item, ""));
    return unordered.includes(key) ? items.map(String).sort() : items;
  }
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([name, part]) => !isNothing(part, name));
  return Object.fromEntries(
    kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, inOrder(part, name)]),
  );
}
