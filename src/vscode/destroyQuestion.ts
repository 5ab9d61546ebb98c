import * as vscode from "vscode";
import type { Core, VerbOptions } from "../app/core.js";
import { isAtRisk, nothingAtRisk, type WorkAtRisk } from "../model/changes.js";
import type { DestroyOptions } from "../model/options.js";
import { toAgentError } from "../model/errors.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { look } from "./look.js";
import type { Job } from "./many.js";
import { confirm, offer, type Choice } from "./present.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** How it is to be destroyed, as `destroy` takes it; empty where nobody was asked. */
export type Agreement = Partial<DestroyOptions>;

interface Risk {
  job: Job;
  risk: WorkAtRisk;
}

/** A line for people. */
function riskText({ job: { name }, risk }: Risk): string {
  const { uncommitted, unfetched, stashes, unchecked } = risk;
  if (unchecked !== undefined) return t("{0}: cannot be checked, because {1}", name, unchecked);
  const names = uncommitted.slice(0, 3).join(", ");
  const parts = [
    ...(uncommitted.length > 0
      ? [t("{0} uncommitted files ({1})", uncommitted.length, uncommitted.length > 3 ? `${names}, …` : names)]
      : []),
    ...(unfetched.length > 0 ? [t("{0} commits that were not fetched", unfetched.length)] : []),
    ...(stashes > 0 ? [t("{0} stash entries", stashes)] : []),
  ];
  return t("{0}: {1}", name, parts.join(", "));
}

/** On the engine of the row, where it is known. */
const at = ({ engine }: Job, options: VerbOptions): VerbOptions => ({
  ...options,
  ...(engine && { engine }),
});

/** Looks at all of them at once. One that cannot be asked counts as not checked. */
async function risksOf(core: Core, jobs: readonly Job[]): Promise<Risk[]> {
  return look(t("Looking for work that would be lost"), (options) =>
    Promise.all(
      jobs.map(async (job) => {
        const risk = await core.workAtRisk(job.id, at(job, options)).catch((thrown: unknown): WorkAtRisk => {
          const error = toAgentError(thrown);
          if (error.code === "CANCELLED") throw error;
          // Already gone is no loss.
          return error.code === "NOT_FOUND" ? nothingAtRisk : { ...nothingAtRisk, unchecked: error.message };
        });
        return { job, risk };
      }),
    ),
  );
}

/** The ways out where work is at risk. The first is the one that Enter takes: it keeps everything. */
function waysOut(core: Core, risky: readonly Risk[]): Choice[] {
  const each = async (
    title: (name: string) => string,
    work: (job: Job, options: VerbOptions) => Promise<unknown>,
  ) => {
    for (const { job } of risky) await withStages(title(job.name), (options) => work(job, at(job, options)));
  };
  const fetchable = risky.every(({ risk }) => risk.unchecked === undefined);
  return [
    { label: t("Keep"), run: () => undefined },
    ...(fetchable
      ? [
          {
            label: t("Fetch and Destroy"),
            run: async (): Promise<Agreement> => {
              await each(
                (name) => t("Fetching the changes of {0}", name),
                ({ id }, options) => core.pull(id, { mode: "fetch" }, options),
              );
              // What came since is looked at once more.
              return { force: false };
            },
          },
        ]
      : []),
    {
      label: t("Snapshot and Destroy"),
      run: async (): Promise<Agreement> => {
        await each(
          (name) => t("Taking a snapshot of {0}", name),
          ({ id }, options) => core.snapshot(id, {}, options),
        );
        return { force: true };
      },
    },
    { label: t("Destroy Anyway"), run: (): Agreement => ({ force: true }) },
  ];
}

/** How many snapshots these agents have, by their ids; none that nobody could list. */
async function countSnapshots(core: Core, jobs: readonly Job[]): Promise<number> {
  const ids = new Set(jobs.map(({ id }) => id));
  const engines = new Set(jobs.map(({ engine }) => engine));
  const listed = [...engines].map((engine) =>
    // What cannot be listed is kept; the destroy itself says what is wrong with the engine.
    core.listSnapshots({}, engine ? { engine } : {}).catch(() => []),
  );
  return (await Promise.all(listed)).flat().filter(({ agentId }) => ids.has(agentId)).length;
}

const isAgreement = (value: unknown): value is Agreement => typeof value === "object" && value !== null;

/**
 * Asks before agents are destroyed, and names work that is nowhere else (SPEC L3): then everything but the destroy
 * itself can be chosen, and Enter keeps them. With `force` nothing is asked, and nothing is looked at.
 */
export async function agreedToDestroy(
  host: CoreHost,
  jobs: readonly Job[],
  call: Call,
): Promise<Agreement | undefined> {
  const { force, snapshots } = call.options ?? {};
  // Neither true nor false: the core says what is wrong with it.
  if (force !== undefined && force !== false) return {};
  const core = await host.core();
  // A caller who says what becomes of the snapshots is not asked for that.
  const [risks, count] = await Promise.all([
    risksOf(core, jobs),
    snapshots === undefined ? countSnapshots(core, jobs) : 0,
  ]);
  const risky = risks.filter(({ risk }) => isAtRisk(risk));
  const names = jobs.map(({ name }) => name);
  const [name = "", ...others] = names;
  const many = others.length > 0;
  const question = many ? t("Destroy {0} agents?", names.length) : t("Destroy the agent {0}?", name);
  if (risky.length > 0) {
    const known = risky.some(({ risk }) => risk.unchecked === undefined);
    const lead = known
      ? t("There is work that is nowhere else, and would be lost:")
      : t("There may be work that is nowhere else, and would be lost:");
    const answer = await offer(question, [lead, ...risky.map(riskText)].join("\n"), waysOut(core, risky));
    return isAgreement(answer) ? answer : undefined;
  }
  const removed = many
    ? t(
        "The container, volume, keys and ssh config of each are removed, with all that is in them: {0}.",
        names.join(", "),
      )
    : t("Its container, its volume, its keys and its ssh config are removed, with all that is in them.");
  if (count === 0) return (await confirm(question, removed, t("Destroy"))) ? { force: true } : undefined;
  const kept =
    count === 1
      ? t("Its snapshot is kept, and can be forked, unless you delete it too.")
      : t("The {0} snapshots are kept, and can be forked, unless you delete them too.", count);
  const answer = await offer(question, `${removed}\n\n${kept}`, [
    { label: t("Destroy, Keep Snapshots"), run: (): Agreement => ({ force: true, snapshots: "keep" }) },
    { label: t("Destroy with Snapshots"), run: (): Agreement => ({ force: true, snapshots: "delete" }) },
  ]);
  return isAgreement(answer) ? answer : undefined;
}
