import * as vscode from "vscode";
import type { VerbOptions } from "../app/core.js";
import { AgentError } from "../model/errors.js";
import { runMany, type Job, type ManyProgress, type ManyResult } from "./many.js";
import { note, type Present } from "./present.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** More would only wait for the engine's disk, and a small one would stall. */
const perEngine = 4;

function progressText({ done, failed, all, running }: ManyProgress): string {
  const names = running.map(({ name }) => name).join(", ");
  const counts =
    failed > 0 ? t("{0} of {1}, {2} failed", done + failed, all, failed) : t("{0} of {1}", done, all);
  return names === "" ? counts : `${counts}: ${names}`;
}

/** All failures in one: the first in words, every one in the log. */
function summary<T>(title: string, { failed, done }: ManyResult<T>): AgentError | undefined {
  const [first] = failed;
  if (!first) return undefined;
  const lines = failed.map(({ job, error }) => {
    const { code, message, remedy, log } = error;
    return [`${job.name} (${job.engine}): ${code} ${message}`, remedy, log].filter(Boolean).join("\n");
  });
  const all = done.length + failed.length;
  return new AgentError(
    first.error.code,
    t("{0}: {1} of {2} failed. {3}: {4}", title, failed.length, all, first.job.name, first.error.message),
    { remedy: first.error.remedy, log: lines.join("\n\n") },
  );
}

/**
 * One verb on several agents behind one notification, which counts and can cancel. What failed is said in one
 * message, whose button tries just those again. Gives what each came to, null for what failed or was cancelled.
 */
export async function runOnMany(
  title: string,
  jobs: readonly Job[],
  work: (job: Job, options: VerbOptions) => Promise<unknown>,
  present: Present,
): Promise<unknown[]> {
  const result = await withStages(title, ({ signal, onProgress }) =>
    runMany(jobs, (job) => work(job, { signal }), {
      perEngine,
      signal,
      onProgress: (progress) => onProgress?.({ stage: progressText(progress) }),
    }),
  );
  const error = summary(title, result);
  const again = result.failed.map(({ job }) => job);
  if (error) present(error, { retry: () => runOnMany(title, again, work, present) });
  else if (result.cancelled.length > 0)
    note(t("{0}: {1} done, {2} cancelled.", title, result.done.length, result.cancelled.length));
  const values = new Map(result.done.map(({ job, value }) => [job, value]));
  return jobs.map((job) => values.get(job) ?? null);
}
