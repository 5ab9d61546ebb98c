import * as z from "zod";

/** What mngr wrote down of one of its hosts (research/mngr 1.5), as far as we show it. */
export interface MngrRecord {
  hostId: string;
  hostName: string | undefined;
  stopReason: string | undefined;
  failureReason: string | undefined;
}

const text = z.string().min(1).optional().catch(undefined);
const record = z.object({
  certified_host_data: z.object({
    host_id: z.string(),
    host_name: text,
    stop_reason: text,
    failure_reason: text,
  }),
});

/** Reads `host_state/<host-id>.json`, leniently: unknown keys are nothing to us. Undefined for anything else. */
export function parseMngrRecord(json: string): MngrRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // Another program's file: the host is shown by its labels.
    return undefined;
  }
  const result = record.safeParse(parsed);
  if (!result.success) return undefined;
  const { host_id, host_name, stop_reason, failure_reason } = result.data.certified_host_data;
  return { hostId: host_id, hostName: host_name, stopReason: stop_reason, failureReason: failure_reason };
}
