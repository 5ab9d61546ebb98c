import type { Picture } from "../app/core.js";
import type { Snapshot } from "../model/snapshot.js";
import type { AgentResources } from "../model/stats.js";
import type { Arrangement } from "./arrangement.js";
import { agentItem, endpointItem, type ItemData } from "./agentItem.js";
import { arrangeRows, type Branch, type PlacedAgent } from "./arrangeRows.js";
import { targetOf } from "./call.js";
import { engineItem } from "./engineItem.js";
import { groupItem } from "./groupItem.js";
import type { AgentNode, EngineNode, GroupNode, Node, Place, SnapshotNode, SnapshotsNode } from "./nodes.js";
import { snapshotItem, snapshotsItem } from "./snapshotItem.js";
import { SnapshotRows } from "./snapshotRows.js";
import type { Translate } from "./text.js";

/** What the tree is made from. */
export interface TreeInput {
  picture: Picture;
  arrangement: Arrangement;
  /** All that are known, newest first. */
  snapshots: readonly Snapshot[];
  /** The projects of the folders that are open. */
  projects: readonly string[];
  /** Milliseconds since 1970. */
  now: number;
  /** Renders what has not changed as well, because ages go stale while nothing happens. */
  afresh?: boolean;
}

/** What has to be drawn anew: all, or these rows with what is below them. */
export type Redraw = "all" | readonly Node[];

interface Shown<N extends Node = EngineNode | GroupNode | AgentNode | SnapshotsNode> {
  node: N;
  parent?: Node;
  children: readonly Node[];
  /** Of an agent: what its row was made of. */
  snapshots?: readonly Snapshot[];
  data: ItemData;
  /** The row and what is below it, as text: what a redraw depends on. */
  drawn: string;
}

interface Placed {
  row: Shown<EngineNode | GroupNode>;
  redraw: readonly Node[];
}

const samePlace = (one: AgentNode["place"], other: AgentNode["place"]) =>
  one.away === other.away && one.engine === other.engine;

/**
 * The rows of the tree, and what of them differs from what was shown last. An agent that has not changed is not
 * rendered again, so that a change of one among hundreds costs that one. The same id is always the same object,
 * which VS Code goes by.
 */
export class TreeRows {
  private shown = new Map<string, Shown>();
  private readonly snapshots = new SnapshotRows();
  private now = 0;
  /** The first level, in order. */
  roots: readonly Node[] = [];
  /** How many agents there are, and how many of them the filter lets through. */
  counts = { all: 0, shown: 0 };

  /** `resourcesOf` gives what an agent uses, where it is being measured. */
  constructor(
    private readonly t: Translate,
    private readonly resourcesOf: (target: string) => AgentResources | undefined = () => undefined,
  ) {}

  /** Takes what is true now. */
  update(input: TreeInput): Redraw {
    const before = { shown: this.shown, roots: this.roots };
    const { roots, all, shown, orphans } = arrangeRows(input.picture, input.arrangement, input.projects);
    this.counts = { all, shown };
    this.now = input.now;
    this.snapshots.update(input.snapshots);
    const gone = orphans ? this.snapshots.orphans(input.picture) : new Map<string, readonly Snapshot[]>();
    const next = new Map<string, Shown>();
    const redraw: Node[] = [];
    const add = (row: Shown): boolean => {
      next.set(row.node.id, row);
      const known = before.shown.get(row.node.id);
      return known !== undefined && known.drawn !== row.drawn;
    };
    this.roots = roots.map((root) => {
      if (root.kind === "agent") {
        const row = this.agent(root, input);
        if (add(row)) redraw.push(row.node);
        return row.node;
      }
      const left =
        root.kind === "engine" && orphans?.below ? this.orphansOf(root.engine.name, gone, root.id) : [];
      const branch = this.branchWithAll(root, input, add, left);
      redraw.push(...branch.redraw);
      return branch.row.node;
    });
    if (orphans && !orphans.below) {
      for (const engine of input.picture.engines) {
        const place: Place = {
          away: false,
          ...(orphans.labelOf && { engine: orphans.labelOf(engine.name) }),
        };
        for (const row of this.orphansOf(engine.name, gone, undefined, place)) {
          if (add(row)) redraw.push(row.node);
          this.roots = [...this.roots, row.node];
        }
      }
    }
    this.shown = next;
    const same =
      before.roots.length === this.roots.length &&
      before.roots.every((node, index) => node === this.roots[index]);
    return same ? redraw : "all";
  }

  /** A row of the first level with all below it; what is drawn anew brings what is below it along. */
  private branchWithAll(
    root: Branch,
    input: TreeInput,
    add: (row: Shown) => boolean,
    left: readonly Shown<SnapshotsNode>[] = [],
  ): Placed {
    const others =
      root.kind === "engine" && root.others ? this.branchWithAll(root.others, input, add) : undefined;
    const below = root.agents.map((agent) => this.agent(agent, input));
    for (const one of left) add(one);
    const row = this.branch(root, below, input.arrangement, others?.row, left);
    for (const one of left) one.parent = row.node;
    const changed = below.filter((one) => {
      one.parent = row.node;
      return add(one);
    });
    if (others) others.row.parent = row.node;
    const redraw = add(row) ? [row.node] : [...changed.map(({ node }) => node), ...(others?.redraw ?? [])];
    return { row, redraw };
  }

  /** Takes a new measurement of one agent; gives the rows that differ by it. `now` in milliseconds since 1970. */
  measured(target: string, now: number): readonly Node[] {
    const redraw: Node[] = [];
    for (const [id, known] of this.shown) {
      const { node, parent, drawn } = known;
      if (node.kind !== "agent" || targetOf(node.row) !== target) continue;
      const row = this.renderAgent(node, now);
      if (row.drawn === drawn) continue;
      this.shown.set(id, { ...row, parent });
      redraw.push(node);
    }
    return redraw;
  }

  childrenOf(node: Node): readonly Node[] {
    return node.kind === "endpoint" || node.kind === "snapshot"
      ? []
      : (this.shown.get(node.id)?.children ?? []);
  }

  parentOf(node: Node): Node | undefined {
    if (node.kind === "endpoint") return this.shown.get(node.agentId)?.node;
    if (node.kind === "snapshot") return this.shown.get(node.parent)?.node;
    return this.shown.get(node.id)?.parent;
  }

  /** The row as data; undefined for what is not listed any more. */
  itemOf(node: Node): ItemData | undefined {
    if (node.kind === "endpoint") return endpointItem(node.agentId, node.endpoint, this.t);
    if (node.kind === "snapshot") return snapshotItem(node, this.now, this.t);
    return this.shown.get(node.id)?.data;
  }

  /** True while it is listed; opened or not. */
  has(node: Node): boolean {
    if (node.kind !== "endpoint") return this.shown.has(node.id);
    const id = this.itemOf(node)?.id;
    return (this.shown.get(node.agentId)?.children ?? []).some((child) => this.itemOf(child)?.id === id);
  }

  private agent({ id, row, place }: PlacedAgent, { now, afresh }: TreeInput): Shown<AgentNode> {
    const known = this.shown.get(id);
    if (known?.node.kind !== "agent") return this.renderAgent({ kind: "agent", id, row, place }, now);
    const { node } = known;
    const same =
      node.row === row && samePlace(node.place, place) && known.snapshots === this.snapshots.of(row);
    Object.assign(node, { row, place });
    return same && !afresh ? { ...known, node, parent: undefined } : this.renderAgent(node, now);
  }

  private renderAgent(node: AgentNode, now: number): Shown<AgentNode> {
    const { id, row, place } = node;
    const data = agentItem(row, now, this.t, place, id, this.resourcesOf(targetOf(row)));
    const { endpoints } = row.agent;
    const ports = endpoints.map((endpoint): Node => ({ kind: "endpoint", agentId: id, endpoint }));
    const snapshots = this.snapshots.of(row);
    const below = this.snapshotNodes(id, snapshots, place.away ? "away" : "there");
    const shown = below.map((one) => snapshotItem(one, now, this.t));
    return {
      node,
      children: [...ports, ...below],
      snapshots,
      data,
      drawn: JSON.stringify([data, endpoints, shown]),
    };
  }

  /** The rows of snapshots below `parent`: the same id is the same object. */
  private snapshotNodes(
    parent: string,
    snapshots: readonly Snapshot[],
    source: SnapshotNode["source"],
  ): SnapshotNode[] {
    const known = new Map(
      this.shown
        .get(parent)
        ?.children.flatMap((child) => (child.kind === "snapshot" ? [[child.id, child] as const] : [])),
    );
    return snapshots.map((snapshot) => {
      const id = `${parent}/snapshot/${snapshot.id}`;
      const fresh: SnapshotNode = { kind: "snapshot", id, parent, snapshot, source };
      return Object.assign(known.get(id) ?? fresh, fresh);
    });
  }

  /** The group of an engine's snapshots whose agents are gone; none where there are none. */
  private orphansOf(
    engine: string,
    gone: ReadonlyMap<string, readonly Snapshot[]>,
    parent?: string,
    place: Place = { away: false },
  ): Shown<SnapshotsNode>[] {
    const snapshots = gone.get(engine);
    if (!snapshots) return [];
    const id = `snapshots ${engine}`;
    const fresh: SnapshotsNode = { kind: "snapshots", id, parent, place, snapshots };
    const known = this.shown.get(id)?.node;
    const node = known?.kind === "snapshots" ? Object.assign(known, fresh) : fresh;
    const children = this.snapshotNodes(id, snapshots, "gone");
    const data = snapshotsItem(node, this.t);
    const shown = children.map((one) => snapshotItem(one, this.now, this.t));
    return [{ node, children, data, drawn: JSON.stringify([data, shown]) }];
  }

  private branch(
    branch: Branch,
    below: readonly Shown<AgentNode>[],
    { tagKey }: Arrangement,
    others: Shown | undefined,
    orphans: readonly Shown<SnapshotsNode>[],
  ): Shown<EngineNode | GroupNode> {
    const known = this.shown.get(branch.id)?.node;
    const rows = below.map(({ node }) => node.row);
    const children = [...below, ...(others ? [others] : []), ...orphans].map(({ node }): Node => node);
    const order = [
      ...[...below, ...(others ? [others] : []), ...orphans].map(({ node }) => node.id),
      ...orphans.map(({ drawn }) => drawn),
    ];
    if (branch.kind === "engine") {
      const { id, label, engine, removable } = branch;
      const fresh: EngineNode = { kind: "engine", id, label, engine, rows, removable };
      const node = known?.kind === "engine" ? Object.assign(known, fresh) : fresh;
      const data = engineItem(engine, this.t, rows, { label, removable });
      return { node, children, data, drawn: JSON.stringify([data, order]) };
    }
    const { id, by, key } = branch;
    const fresh: GroupNode = { kind: "group", id, by, key, rows };
    const node = known?.kind === "group" ? Object.assign(known, fresh) : fresh;
    const data = groupItem(node, tagKey, this.t);
    return { node, children, data, drawn: JSON.stringify([data, order]) };
  }
}
