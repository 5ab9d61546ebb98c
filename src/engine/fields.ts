/**
 * Reads by hand what there may be hundreds of in one answer, where a schema costs more than the request. As lenient as
 * `records`: what is missing, null or not of its type is empty.
 */
export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = {};

/** The fields of an object; of anything else, none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : none;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A map whose values `read` gives. */
export function mapOf<T>(value: unknown, read: (value: unknown) => T): Record<string, T> {
  const map: Record<string, T> = {};
  const fields = fieldsOf(value);
  for (const key in fields) map[key] = read(fields[key]);
  return map;
}

/** A map of texts: the very object that was given, where it is one. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const fields = fieldsOf(value);
  return areTexts(fields) ? fields : mapOf(fields, textOf);
}

function areTexts(fields: Fields): fields is Readonly<Record<string, string>> {
  for (const key in fields) if (typeof fields[key] !== "string") return false;
  return true;
}
