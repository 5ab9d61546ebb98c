import { createHash } from "node:crypto";
import * as z from "zod";

/** What is kept of one agent: sections by name, each somebody's JSON. Sections that nobody here knows are kept. */
export type StateRecord = Readonly<Record<string, unknown>>;

/** All records of one engine, as they were at one revision. */
export interface StateDocument {
  /** The version of the format. */
  schema: number;
  /** One more with every write; 0 where nothing was written yet. */
  revision: number;
  /** By agent id, as they stand in the file. */
  records: ReadonlyMap<string, unknown>;
  /** Other keys of the file, for writing them back. */
  rest: Readonly<Record<string, unknown>>;
}

/** The version that this program writes. */
export const documentSchema = 1;

export const emptyDocument: StateDocument = {
  schema: documentSchema,
  revision: 0,
  records: new Map(),
  rest: {},
};

const head = z.object({ schema: z.int().min(1), revision: z.int().min(1) });

const checksum = (text: string) => createHash("sha256").update(text).digest("hex");

/** The document as a file: a checksum, a line break, and JSON. */
export function renderDocument({ schema, revision, records, rest }: StateDocument): Buffer {
  const json = JSON.stringify({ ...rest, schema, revision, records: Object.fromEntries(records) });
  return Buffer.from(`${checksum(json)}\n${json}\n`);
}

/** Reads a file; undefined where it was cut off, was changed by hand, or is none of ours. */
export function parseDocument(bytes: Buffer): StateDocument | undefined {
  const text = bytes.toString("utf8");
  const at = text.indexOf("\n");
  const json = text.slice(at + 1).replace(/\n$/, "");
  if (at < 0 || text.slice(0, at) !== checksum(json)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // Said by the absence, like every other damage.
    return undefined;
  }
  const result = head.safeParse(parsed);
  // Not through zod: it would drop a key like `__proto__`, and keys come from labels.
  const sections = asRecord(parsed) ?? {};
  const records = asRecord(sections.records);
  if (!result.success || !records) return undefined;
  const own = ["schema", "revision", "records"];
  const rest = Object.fromEntries(Object.entries(sections).filter(([key]) => !own.includes(key)));
  return { ...result.data, records: new Map(Object.entries(records)), rest };
}

/** A record as sections; undefined for what is no JSON object. */
export function asRecord(value: unknown): StateRecord | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}
