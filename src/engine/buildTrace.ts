import { PbfReader } from "pbf";

/** One step of a build, as BuildKit tells of it each time it changes. */
export interface Vertex {
  digest: string;
  /** `[build 2/3] RUN make`; `[internal] …` for what no instruction asks for. */
  name: string;
  cached: boolean;
  /** Seconds since 1970. */
  started?: number;
  completed?: number;
  /** Empty when it did not fail. */
  error: string;
}

/** What BuildKit tells at one moment. */
export interface Trace {
  vertexes: Vertex[];
  /** Work inside a step: a layer that is fetched. Amounts in bytes; total 0 where it is not known. */
  statuses: { id: string; vertex: string; current: number; total: number; completed: boolean }[];
  logs: { vertex: string; message: Uint8Array }[];
  /** Advice about the Dockerfile. */
  warnings: string[];
}

/**
 * Reads one `moby.buildkit.trace`. Fields that we have no use for are skipped, as the format wants it. Throws for what
 * is no such message. Source: moby/buildkit, api/services/control/control.proto, StatusResponse.
 */
export function decodeTrace(bytes: Uint8Array): Trace {
  const trace: Trace = { vertexes: [], statuses: [], logs: [], warnings: [] };
  return new PbfReader(bytes).readFields((tag, into, pbf) => {
    if (tag === 1) into.vertexes.push(readVertex(pbf));
    else if (tag === 2) into.statuses.push(readStatus(pbf));
    else if (tag === 3) into.logs.push(readLog(pbf));
    else if (tag === 4) into.warnings.push(readWarning(pbf));
  }, trace);
}

function readVertex(pbf: PbfReader): Vertex {
  const vertex: Vertex = { digest: "", name: "", cached: false, error: "" };
  return pbf.readMessage((tag, into, field) => {
    if (tag === 1) into.digest = field.readString();
    else if (tag === 3) into.name = field.readString();
    else if (tag === 4) into.cached = field.readBoolean();
    else if (tag === 5) into.started = readTime(field);
    else if (tag === 6) into.completed = readTime(field);
    else if (tag === 7) into.error = field.readString();
  }, vertex);
}

function readStatus(pbf: PbfReader): Trace["statuses"][number] {
  const status = { id: "", vertex: "", current: 0, total: 0, completed: false };
  return pbf.readMessage((tag, into, field) => {
    if (tag === 1) into.id = field.readString();
    else if (tag === 2) into.vertex = field.readString();
    else if (tag === 4) into.current = field.readVarint(true);
    else if (tag === 5) into.total = field.readVarint(true);
    else if (tag === 8) into.completed = true;
  }, status);
}

function readLog(pbf: PbfReader): Trace["logs"][number] {
  const log: Trace["logs"][number] = { vertex: "", message: Buffer.alloc(0) };
  return pbf.readMessage((tag, into, field) => {
    if (tag === 1) into.vertex = field.readString();
    else if (tag === 4) into.message = field.readBytes();
  }, log);
}

function readWarning(pbf: PbfReader): string {
  return pbf.readMessage(
    (tag, into, field) => {
      if (tag === 3) into.short = Buffer.from(field.readBytes()).toString();
    },
    { short: "" },
  ).short;
}

/** google.protobuf.Timestamp. */
function readTime(pbf: PbfReader): number {
  const { seconds, nanos } = pbf.readMessage(
    (tag, into, field) => {
      if (tag === 1) into.seconds = field.readVarint(true);
      else if (tag === 2) into.nanos = field.readVarint(true);
    },
    { seconds: 0, nanos: 0 },
  );
  return seconds + nanos / 1e9;
}
