import { bytesText, chartHeight, chartWidth, fill, linePath, scaleTop, type Point } from "./chart.js";
import type { MetricsAgent, MetricsTexts } from "./messages.js";

interface Chart {
  title: string;
  lines: readonly ((point: Point) => number)[];
  top: (points: readonly Point[]) => number;
  /** The scale's end, and the value now, for people. */
  unit: (value: number) => string;
  now: (point: Point) => string;
}

const svgNamespace = "http://www.w3.org/2000/svg";
const perSecond = (value: number) => `${bytesText(value)}/s`;
const percent = (value: number) => `${Number(value.toFixed(value < 10 ? 1 : 0))} %`;

function charts(t: MetricsTexts): readonly Chart[] {
  const rates = (title: string, a: "received" | "read", b: "sent" | "written"): Chart => ({
    title,
    lines: [(point) => point[a], (point) => point[b]],
    top: (points) =>
      scaleTop(
        points.flatMap((point) => [point[a], point[b]]),
        1000,
      ),
    unit: perSecond,
    now: (point) => `${t[a]} ${perSecond(point[a])}, ${t[b]} ${perSecond(point[b])}`,
  });
  return [
    {
      title: t.cpu,
      lines: [(point) => point.cpu],
      top: (points) =>
        scaleTop(
          points.map(({ cpu }) => cpu),
          100,
        ),
      unit: percent,
      now: (point) => `${percent(point.cpu)}, ${fill(t.processes, point.pids)}`,
    },
    {
      title: t.memory,
      lines: [(point) => point.memory],
      top: (points) => Math.max(1, points.at(-1)?.memoryLimit ?? 1),
      unit: bytesText,
      now: (point) => fill(t.of, bytesText(point.memory), bytesText(point.memoryLimit)),
    },
    rates(t.network, "received", "sent"),
    rates(t.disk, "read", "written"),
  ];
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = "") {
  const made = document.createElement(name);
  made.className = className;
  // As text: names come from containers.
  made.textContent = text;
  return made;
}

function drawChart(chart: Chart, points: readonly Point[]): HTMLElement {
  const last = points.at(-1);
  const now = last ? chart.now(last) : "";
  const top = chart.top(points);
  const figure = element("figure", "chart");
  const caption = element("figcaption", "caption");
  caption.append(element("span", "title", chart.title), element("span", "now", now));
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", `0 0 ${chartWidth} ${chartHeight}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${chart.title}: ${now}`);
  for (const [index, value] of chart.lines.entries()) {
    const path = document.createElementNS(svgNamespace, "path");
    path.setAttribute("class", `line line-${index}`);
    path.setAttribute("d", linePath(points, value, top));
    svg.append(path);
  }
  const plot = element("div", "plot");
  const scale = element("span", "scale", chart.unit(top));
  scale.setAttribute("aria-hidden", "true");
  plot.append(svg, scale);
  figure.append(caption, plot);
  return figure;
}

/** The section of one agent: its charts while it runs, else why there are none, and the way to start it. */
export function drawAgent(
  agent: MetricsAgent,
  points: readonly Point[],
  texts: MetricsTexts,
  start: (id: string) => void,
): readonly HTMLElement[] {
  const heading = element("h2", "name", agent.name);
  const note = element("p", "note", agent.note);
  if (agent.running) {
    if (points.length === 0) return [heading, note, element("p", "empty", texts.waiting)];
    const grid = element("div", "charts");
    grid.append(...charts(texts).map((chart) => drawChart(chart, points)));
    return [heading, note, grid];
  }
  if (!agent.canStart) return [heading, note];
  const button = element("button", "start", texts.start);
  button.addEventListener("click", () => start(agent.id));
  return [heading, note, button];
}
