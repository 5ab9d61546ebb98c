import type { MetricsTexts } from "../webview/messages.js";
import type { Translate } from "./text.js";

/**
 * The page of the metrics panel. Its policy allows our own script and style alone: no inline code, nothing remote.
 * `source` is the webview's own `cspSource`; the addresses are those of the bundled files.
 */
export function metricsPage(parts: { source: string; script: string; style: string; title: string }): string {
  const { source, script, style, title } = parts;
  const policy = `default-src 'none'; script-src ${source}; style-src ${source}`;
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title.replace(/[&<>]/g, " ")}</title>
<link rel="stylesheet" href="${style}">
</head>
<body><script type="module" src="${script}"></script></body>
</html>`;
}

/** Every text that the page shows, translated. */
export function metricsTexts(t: Translate): MetricsTexts {
  return {
    cpu: t("CPU"),
    memory: t("Memory"),
    network: t("Network"),
    disk: t("Disk"),
    received: t("received"),
    sent: t("sent"),
    read: t("read"),
    written: t("written"),
    start: t("Start"),
    waiting: t("Measuring…"),
    of: t("{0} of {1}", "{0}", "{1}"),
    processes: t("{0} processes", "{0}"),
  };
}
