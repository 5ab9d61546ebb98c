import type { Picture } from "../app/core.js";
import { agentStates } from "../model/agent.js";
import type { AgentRow } from "../store/rows.js";
import type { EngineState } from "../store/state.js";
import type { Arrangement, Grouping } from "./arrangement.js";
import { engineLabels } from "./engineLabel.js";
import { createMatcher, isFiltering } from "./filter.js";
import type { GroupedBy, Place } from "./nodes.js";

/** An agent, and where it stands. */
export interface PlacedAgent {
  kind: "agent";
  id: string;
  row: AgentRow;
  place: Place;
}

/** A row of the first level, with the agents below it. */
export type Branch =
  | {
      kind: "engine";
      id: string;
      label: string;
      engine: EngineState;
      removable: boolean;
      agents: readonly PlacedAgent[];
      /** What other programs made on it, below the agents. */
      others?: GroupBranch;
    }
  | GroupBranch;

/** A row with the agents below it that have something in common. */
export interface GroupBranch {
  kind: "group";
  id: string;
  by: GroupedBy;
  key: string;
  agents: readonly PlacedAgent[];
}

/** The tree as data. */
export interface Arranged {
  roots: readonly (Branch | PlacedAgent)[];
  /** How many agents there are, and how many of them the filter lets through. */
  all: number;
  shown: number;
  /** Where snapshots of agents that are gone stand: below their engines, or at the end; nowhere while a filter is on. */
  orphans?: {
    below: boolean;
    /** What an engine is called, where that has to be said. */
    labelOf?: (engine: string) => string;
  };
}

const order = new Intl.Collator(undefined, { numeric: true });

/** One agent may be found by two doors to its engine, and two containers may carry one id: each row has its own. */
function createIds(): (row: AgentRow) => string {
  const taken = new Set<string>();
  return ({ agent, key }) => {
    const first = `${agent.engine} ${key}`;
    const id = taken.has(first) ? `${first} ${agent.containerId}` : first;
    taken.add(id);
    return id;
  };
}

function keyOf({ agent }: AgentRow, by: Exclude<Grouping, "engine">, tagKey: string): string {
  switch (by) {
    case "project":
      return agent.project ?? "";
    case "tag":
      return agent.tags[tagKey] ?? "";
    case "state":
      return agent.state;
  }
}

const stateOrder: readonly string[] = agentStates;

/** By name, those without last; states in the order of an agent's life. */
function compareKeys(by: Grouping): (one: string, other: string) => number {
  if (by === "state") return (one, other) => stateOrder.indexOf(one) - stateOrder.indexOf(other);
  return (one, other) => Number(one === "") - Number(other === "") || order.compare(one, other);
}

/** Other programs' containers that the filter lets through, as a group; none where there are none. */
function foreignBranch(engine: string, below: readonly PlacedAgent[]): GroupBranch[] {
  if (below.length === 0) return [];
  return [{ kind: "group", id: `foreign ${engine}`, by: "foreign", key: engine, agents: below }];
}

/** Puts the agents of `picture` where `arrangement` wants them. Pure; one pass over the rows. */
export function arrangeRows(
  picture: Picture,
  arrangement: Arrangement,
  projects: readonly string[],
): Arranged {
  const { grouping, tagKey, filter } = arrangement;
  const { engines, settings } = picture;
  const several = engines.length > 1;
  const down = new Set(engines.filter(({ link }) => link.kind === "down").map(({ name }) => name));
  const idOf = createIds();
  const labels = engineLabels(
    engines.map(({ name }) => name),
    settings,
  );
  const labelOf = (engine: string) => labels.get(engine) ?? engine;
  const matches = createMatcher(filter, projects);
  const placed = picture.agents.map((row): PlacedAgent => {
    const engine = several && grouping !== "engine" ? { engine: labelOf(row.agent.engine) } : {};
    return { kind: "agent", id: idOf(row), row, place: { ...engine, away: down.has(row.agent.engine) } };
  });
  const agents = isFiltering(filter) ? placed.filter(({ row }) => matches(row)) : placed;
  const foreign = (picture.foreign ?? []).filter(matches).map((row): PlacedAgent => {
    const engine = several && grouping !== "engine" ? { engine: labelOf(row.agent.engine) } : {};
    const place = { ...engine, away: down.has(row.agent.engine) };
    return { kind: "agent", id: `foreign ${row.agent.engine} ${row.key}`, row, place };
  });
  const below = grouping === "engine" && several;
  const counts = {
    all: placed.length,
    shown: agents.length,
    ...(!isFiltering(filter) && { orphans: { below, ...(several && { labelOf }) } }),
  };
  // Nothing at all, so that the view can say why.
  if (agents.length === 0 && foreign.length === 0 && isFiltering(filter) && placed.length > 0)
    return { roots: [], ...counts };

  const engineBranch = (engine: EngineState, below: readonly PlacedAgent[]): Branch => {
    const removable = settings.has(engine.name);
    const [others] =
      grouping === "engine"
        ? foreignBranch(
            engine.name,
            foreign.filter(({ row }) => row.agent.engine === engine.name),
          )
        : [];
    return {
      kind: "engine",
      id: `engine ${engine.name}`,
      label: labelOf(engine.name),
      engine,
      removable,
      agents: below,
      ...(others && { others }),
    };
  };
  if (grouping === "engine") {
    if (!several) return { roots: [...agents, ...foreignBranch("", foreign)], ...counts };
    const roots = engines.map((engine) =>
      engineBranch(
        engine,
        agents.filter(({ row }) => row.agent.engine === engine.name),
      ),
    );
    return { roots, ...counts };
  }
  const groups = new Map<string, PlacedAgent[]>();
  for (const agent of agents) {
    const key = keyOf(agent.row, grouping, tagKey);
    const group = groups.get(key);
    if (group) group.push(agent);
    else groups.set(key, [agent]);
  }
  const compare = compareKeys(grouping);
  const roots = [...groups]
    .sort(([one], [other]) => compare(one, other))
    .map(([key, below]): Branch => {
      const id = grouping === "tag" ? `tag ${tagKey}=${key}` : `${grouping} ${key}`;
      return { kind: "group", id, by: grouping, key, agents: below };
    });
  // An engine that is away says so in every grouping.
  const away = several ? engines.filter(({ name }) => down.has(name)) : [];
  const rest = [...foreignBranch("", foreign), ...away.map((engine) => engineBranch(engine, []))];
  return { roots: [...roots, ...rest], ...counts };
}
