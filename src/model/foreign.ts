import { foreignLabelKeys, labelKeys } from "./labels.js";

/** Who made a container that we show and did not make. */
export type ForeignOwner = "mngr" | "openlattice";

/** What another program's container says of itself. */
export interface ForeignIdentity {
  managedBy: ForeignOwner;
  /** mngr's host id, openlattice's node id; undefined where it says none. */
  id: string | undefined;
  /** As it was when the container was made: mngr renames in its records alone. */
  name: string | undefined;
}

/** What the labels say; undefined for an agent of ours, for mngr's own state container, and for anybody else's. */
export function foreignIdentity(labels: Readonly<Record<string, string>>): ForeignIdentity | undefined {
  if (labels[labelKeys.agentId] !== undefined || labels[foreignLabelKeys.mngrType] !== undefined)
    return undefined;
  const hostId = labels[foreignLabelKeys.mngrHostId];
  if (hostId !== undefined)
    return {
      managedBy: "mngr",
      id: hostId || undefined,
      name: labels[foreignLabelKeys.mngrHostName] ?? undefined,
    };
  if (labels[foreignLabelKeys.openlattice] !== "true") return undefined;
  return {
    managedBy: "openlattice",
    id: labels[foreignLabelKeys.openlatticeNodeId] ?? undefined,
    name: undefined,
  };
}
