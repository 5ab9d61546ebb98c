import { foreignLabelKeys } from "../model/labels.js";
import { isAgentError } from "../model/errors.js";
import { parseMngrRecord, type MngrRecord } from "../model/mngrRecord.js";
import type { Engine } from "../ports/engine.js";
import { filesOf } from "./stateSlots.js";

/**
 * mngr's records of its hosts, by host id, out of its state containers, which need not run; nothing is started and
 * nothing is made (research/mngr 2.1.4). A list, and an archive for each installation of mngr.
 */
export async function readMngrRecords(
  engine: Engine,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, MngrRecord>> {
  const containers = await engine.listContainers(`${foreignLabelKeys.mngrType}=state-container`, signal);
  const records = new Map<string, MngrRecord>();
  for (const { id } of containers) {
    try {
      const files = await filesOf(await engine.getArchive(id, "/mngr-state/host_state", signal));
      for (const bytes of files.values()) {
        const record = parseMngrRecord(bytes.toString("utf8"));
        if (record) records.set(record.hostId, record);
      }
    } catch (error) {
      // Removed meanwhile, or never written to.
      if (!isAgentError(error, "NOT_FOUND")) throw error;
    }
  }
  return records;
}
