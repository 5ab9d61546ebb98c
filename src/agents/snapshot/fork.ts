import { newAgentId, shortId } from "../../model/agentId.js";
import { forkNames } from "../../model/agentName.js";
import { AgentError, isAgentError } from "../../model/errors.js";
import { labelKeys, parseLabels } from "../../model/labels.js";
import type { ForkOptions } from "../../model/options.js";
import { parseSpec, type AgentSpec } from "../../model/spec.js";
import { parseStartArgs } from "../../model/startArgs/parseStartArgs.js";
import { initVersion } from "../../image/initFiles.js";
import { ensurePreparedImage } from "../../image/prepareImage.js";
import { preparedInitLabel, readPreparedImage, type PreparedImage } from "../../image/preparedImage.js";
import type { ContainerFacts, ImageFacts } from "../../ports/engine.js";
import { sshAlias } from "../../ssh/alias.js";
import { generateKeyPair } from "../../ssh/keyPair.js";
import { nameConflict } from "../checkRequest.js";
import type { AgentContext, Work } from "../context.js";
import { portsInUse } from "../create.js";
import { listAgentContainers, requireLabels } from "../facts.js";
import { launch, type Draft } from "../launch.js";
import { UndoStack, undone } from "../undo.js";
import type { FoundSnapshot } from "./find.js";
import { takeSnapshot } from "./take.js";
import { ownVolumes, renderFork } from "./forkBody.js";
import { readForkExtras, refuseMountedOver, type ForkExtras } from "./forkSecrets.js";
import { giveFiles, makeCarrier } from "./keptFiles.js";

/** The spec as it was written, without what labels do not hold; an unreadable one leaves the defaults. */
function specOf(image: ImageFacts): AgentSpec {
  const text = image.labels[labelKeys.spec];
  try {
    return parseSpec({ ...parseSpec(JSON.parse(text ?? "{}")), name: undefined });
  } catch {
    // Of a later version: what matters is in the container's own settings.
    return parseSpec({});
  }
}

/** The snapshot as an image to make agents from, with our present init. */
async function preparedFrom(
  context: AgentContext,
  image: ImageFacts,
  reference: string,
  work: Work,
): Promise<PreparedImage> {
  if (image.labels[preparedInitLabel] === initVersion) return readPreparedImage(image, reference, false);
  const { user } = readPreparedImage(image, reference, false);
  return ensurePreparedImage(context.engine, image, {
    packages: [],
    user,
    log: context.log,
    signal: work.signal,
    onProgress: (detail) => work.onProgress("Preparing the image", detail),
  });
}

/** Runs the making of one fork, where it is shown and may be one of many. */
export type RunFork = (
  fork: { agentId: string; name: string },
  make: (work: Work) => Promise<ContainerFacts>,
) => Promise<ContainerFacts>;

/**
 * Makes agents that start from the files of a snapshot, all at once (SPEC S3), each with an id, a name, keys, ports and
 * volumes of its own; `parent-id` names the source. Either all are there, each having taken a login, or none. Errors:
 * those of `createAgent`, `NAME_CONFLICT` with a free name.
 */
export async function forkAgents(
  context: AgentContext,
  found: FoundSnapshot,
  options: ForkOptions,
  work: Work,
  runFork: RunFork,
): Promise<ContainerFacts[]> {
  const undo = new UndoStack(context.log);
  return undone(undo, work, () => fork(context, found, options, work, runFork, undo));
}

/** The same from an agent as it is now: what that takes is gone again afterwards, but for the image they stand on. */
export async function forkLiveAgent(
  context: AgentContext,
  facts: ContainerFacts,
  options: ForkOptions,
  work: Work,
  runFork: RunFork,
): Promise<ContainerFacts[]> {
  const undo = new UndoStack(context.log);
  return undone(undo, work, async () => {
    const extras = await readForkExtras(context, requireLabels(facts), options);
    const source = await takeSnapshot(context, facts, { pause: true, hidden: true }, work);
    undo.push(`the image ${source.snapshot.image}`, () => context.engine.removeImage(source.snapshot.image));
    try {
      return await fork(context, source, options, work, runFork, undo, extras);
    } finally {
      const { volume } = source.record;
      if (volume !== null) await context.engine.removeVolume(volume);
    }
  });
}

async function fork(
  context: AgentContext,
  { record, snapshot }: FoundSnapshot,
  options: ForkOptions,
  work: Work,
  runFork: RunFork,
  undo: UndoStack,
  read?: ForkExtras,
): Promise<ContainerFacts[]> {
  const { engine } = context;
  const { signal } = work;
  work.onProgress("Checking");
  const [image, agents, hosts] = await Promise.all([
    engine.inspectImage(snapshot.image, signal),
    listAgentContainers(engine, signal),
    context.ssh.list(),
  ]);
  const taken = new Set(agents.map(({ name }) => name));
  const names = options.names ?? forkNames(record.agentName, options.count ?? 1, taken);
  for (const name of names) if (taken.has(name)) throw nameConflict(name, agents);
  const source = parseLabels(image.labels);
  if (!source.ok) throw new AgentError("UNSUPPORTED", `The snapshot cannot be read: ${source.reason}.`);

  const labels = { ...source.value, agentId: record.agentId };
  const extras = read ?? (await readForkExtras(context, labels, options));
  refuseMountedOver(labels, extras, record.hostConfig);

  const prepared = { ...(await preparedFrom(context, image, snapshot.image, work)), ...labels.userIds };
  const carrier =
    record.volume === null
      ? undefined
      : await makeCarrier(engine, record, image.id, { use: "giving", owner: work.owner });
  try {
    const aliases = new Set([
      ...agents.flatMap(({ labels }) => labels[labelKeys.alias] ?? []),
      ...hosts.map(({ alias }) => alias),
    ]);
    const drafts = names.map((name) => draftOf(name, aliases));
    const ended = await Promise.allSettled(drafts.map((draft) => launchFork(draft)));
    const failure = ended.find((one) => one.status === "rejected");
    if (failure) throw failure.reason;
    return ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  } finally {
    if (carrier !== undefined) await engine.removeContainer(carrier);
  }

  function draftOf(name: string, aliases: Set<string>): Draft {
    const agentId = newAgentId();
    const alias = sshAlias(name, shortId(agentId), aliases);
    aliases.add(alias);
    const spec = specOf(image);
    const network = record.hostConfig.NetworkMode ?? context.network.name;
    const known = [labels.network, context.network];
    return {
      spec: { ...spec, secrets: extras.sources },
      // What the source had of these is in its settings.
      workspace: { mounts: [], folders: [], ...ownVolumes(record, agentId) },
      mounts: [],
      fileEnv: extras.fileEnv,
      startArgs: parseStartArgs([], context.startArgs),
      prepared,
      delivery: extras.delivery,
      network: { config: known.find((one) => one?.name === network) ?? { name: network }, exact: false },
      cpus: (record.hostConfig.NanoCpus ?? 0) / 1e9,
      memoryBytes: record.hostConfig.Memory ?? 0,
      avoidPorts: portsInUse(agents),
      clientKey: generateKeyPair(`agent-containers ${name}`),
      hostKey: generateKeyPair(name),
      labels: {
        ...labels,
        secrets: extras.names.length > 0 ? extras.names : undefined,
        agentId,
        name,
        parentId: record.agentId,
        createdAt: new Date(context.clock.now()).toISOString(),
        projectId: labels.projectId ?? "agent",
        alias,
      },
      render: (plan) => renderFork(record, labels.appPort, plan),
      ...(carrier !== undefined && {
        fill: (containerId: string, until?: AbortSignal) =>
          giveFiles(engine, { id: carrier, from: record.agentId }, { containerId, agentId }, until),
      }),
    };
  }

  async function launchFork(draft: Draft): Promise<ContainerFacts> {
    const steps = new UndoStack(context.log);
    undo.push(`agent ${draft.labels.name}`, async () => {
      const left = await steps.unwind();
      if (left.length > 0) throw new AgentError("INTERNAL", `left: ${left.join(", ")}`);
    });
    try {
      return await runFork(draft.labels, (own) => launch(context, draft, own, steps));
    } catch (error) {
      throw isAgentError(error, "NAME_CONFLICT") ? nameConflict(draft.labels.name, agents, error) : error;
    }
  }
}
