import type { Picture } from "../app/core.js";
import type { AgentRow } from "../store/rows.js";

/** Every row that a command may be called with: agents, and other programs' containers. */
export function knownRows(picture: Picture | undefined): readonly AgentRow[] {
  return picture ? [...picture.agents, ...(picture.foreign ?? [])] : [];
}
