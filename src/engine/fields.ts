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
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, each]) => [key, read(each)]));
}
