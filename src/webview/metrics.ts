import { drawAgent } from "./agentSection.js";
import { nextPoint, withPoint, type Point } from "./chart.js";
import type { FromPanel, MetricsAgent, MetricsTexts, ToPanel } from "./messages.js";
import type { AgentStats } from "../model/stats.js";

/** What the panel remembers while it is hidden, and over a restart of the editor: which agents, and their lines. */
interface Remembered {
  agents: readonly string[];
  points: Readonly<Record<string, readonly Point[]>>;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPanel): void;
  getState(): Remembered | undefined;
  setState(state: Remembered): void;
};

const editor = acquireVsCodeApi();
const root = document.body;
const sections = new Map<string, HTMLElement>();
const last = new Map<string, AgentStats>();
const points = new Map<string, readonly Point[]>(Object.entries(editor.getState()?.points ?? {}));
let agents: readonly MetricsAgent[] = [];
let texts: MetricsTexts | undefined;

const start = (id: string) => editor.postMessage({ type: "start", id });

function draw(agent: MetricsAgent): void {
  const section = sections.get(agent.id);
  if (!section || !texts) return;
  const focused = section.contains(document.activeElement);
  section.replaceChildren(...drawAgent(agent, points.get(agent.id) ?? [], texts, start));
  if (focused) section.querySelector("button")?.focus();
}

function show(shown: readonly MetricsAgent[], translated: MetricsTexts): void {
  agents = shown;
  texts = translated;
  for (const [id, section] of sections) {
    if (agents.some((agent) => agent.id === id)) continue;
    section.remove();
    for (const map of [sections, last, points]) map.delete(id);
  }
  for (const agent of agents) {
    const section = sections.get(agent.id) ?? document.createElement("section");
    section.setAttribute("aria-label", agent.name);
    sections.set(agent.id, section);
    root.append(section);
    if (!agent.running) last.delete(agent.id);
    draw(agent);
  }
  remember();
}

function take(stats: AgentStats): void {
  const agent = agents.find(({ id }) => id === stats.id);
  if (!agent) return;
  const point = nextPoint(stats, last.get(stats.id));
  last.set(stats.id, stats);
  points.set(stats.id, withPoint(points.get(stats.id) ?? [], point));
  draw(agent);
  remember();
}

function remember(): void {
  editor.setState({ agents: agents.map(({ id }) => id), points: Object.fromEntries(points) });
}

window.addEventListener("message", ({ data }: MessageEvent<ToPanel>) => {
  if (data.type === "agents") show(data.agents, data.texts);
  else take(data.stats);
});
editor.postMessage({ type: "ready" });
