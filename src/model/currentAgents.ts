import { labelKeys } from "./labels.js";
import { snapshotLabel } from "./snapshot.js";

const replaced = /\.replaced-([0-9a-f]{8})$/;
const restoring = "agent-containers-restoring-";

/** On a container that a restore makes: the id of the container whose place it takes. */
export const replacesLabel = "agent-containers.replaces";
/** Beside it: `true` where that one ran. */
export const wasRunningLabel = "agent-containers.was-running";

/** The name under which an agent's container waits while another takes its place. `mark`: eight hexadecimal digits. */
export function replacedName(name: string, mark: string): string {
  return `${name}.replaced-${mark}`;
}

/** The name it had. Undefined for a container that waits for nothing. */
export function nameBefore(name: string): string | undefined {
  return replaced.test(name) ? name.replace(replaced, "") : undefined;
}

/**
 * The name of the container that a restore fills before it takes the place of another: one for each agent, so that the
 * engine itself lets only one client restore it at a time.
 */
export function restoringName(agentId: string): string {
  return `${restoring}${agentId}`;
}

/** True for such a name. */
export function isRestoringName(name: string): boolean {
  return name.startsWith(restoring);
}

/** True for either name of a container whose restore is not done. */
export function isWaitingName(name: string): boolean {
  return rank(name) > 0;
}

/** Of the containers of one agent the one with the lowest is the agent. */
const rank = (name: string): number => (isRestoringName(name) ? 2 : replaced.test(name) ? 1 : 0);

interface Container {
  id: string;
  name: string;
  status: string;
  labels: Readonly<Record<string, string>>;
}

const idOf = ({ labels }: Container) => labels[labelKeys.agentId] ?? "";

/** The name of the agent, also while its container has one that a restore gave it. */
export function agentNameOf({ name, labels }: Pick<Container, "name" | "labels">): string {
  return (isRestoringName(name) ? labels[labelKeys.agentName] : nameBefore(name)) ?? name;
}

/**
 * Those that are agents: without containers whose place another one of the same agent has taken, or is about to, and
 * without what somebody made of a snapshot's image by hand, which inherits the labels of the agent it shows. A restored
 * one takes the place of another when it starts: until then the other may come back.
 */
export function currentAgents<T extends Container>(containers: readonly T[]): T[] {
  const own = containers.filter(({ labels }) => !labels[snapshotLabel]);
  if (own.every(({ name }) => rank(name) === 0)) return own;
  const ids = new Map(own.map((one) => [one.id, idOf(one)]));
  const rankOf = (one: T): number => {
    const replaces = one.labels[replacesLabel];
    const waits = one.status === "created" && replaces !== undefined && ids.get(replaces) === idOf(one);
    return waits ? 2 : rank(one.name);
  };
  const best = new Map<string, number>();
  for (const one of own) best.set(idOf(one), Math.min(rankOf(one), best.get(idOf(one)) ?? 2));
  return own.filter((one) => rankOf(one) === best.get(idOf(one)));
}
