import { readFile } from "node:fs/promises";
import { nameBuilt } from "../image/builtImage.js";
import { buildArgInvalid, parseBuildArgs, type ParsedBuildArgs } from "../model/buildArgs/parseBuildArgs.js";
import type { SecretSource } from "../model/buildArgs/buildFlags.js";
import { messageOf } from "../model/errors.js";
import { renderBytes } from "../model/size.js";
import type { AgentSpec } from "../model/spec.js";
import { absolutePath, lookUpEnv, type StartArgsContext } from "../model/startArgs/startArgsContext.js";
import type { RegistryLogin } from "../ports/build.js";
import type { ImageFacts } from "../ports/engine.js";
import { packBuildContext, readBuildSource, type BuildSource } from "../workspace/buildContext.js";
import type { AgentContext, Work } from "./context.js";
import { requireTrusted } from "./trusted.js";

/** A build that has been found possible, as far as this machine can tell. */
export interface CheckedBuild extends ParsedBuildArgs {
  source: BuildSource;
  buildKit: boolean;
  args: readonly string[];
  secretValues: ReadonlyMap<string, Uint8Array>;
}

/** BuildKit takes no more. Source: moby/buildkit, session/secrets, MaxSecretSize. */
const maxSecretBytes = 500 * 1024;
const stage = "Building the image";

async function readSecret(id: string, from: SecretSource, machine: StartArgsContext): Promise<Uint8Array> {
  const invalid = (because: string, cause?: unknown) =>
    buildArgInvalid(`--secret ${id}: ${because}.`, "Correct --secret and try again.", cause);
  let value: Uint8Array;
  if ("env" in from) {
    const text = lookUpEnv(machine, from.env);
    if (text === undefined) throw invalid(`the variable ${from.env} is not set here`);
    value = Buffer.from(text);
  } else {
    try {
      value = await readFile(absolutePath(machine, from.file));
    } catch (error) {
      throw invalid(`its file cannot be read (${messageOf(error)})`, error);
    }
  }
  if (value.length > maxSecretBytes) throw invalid(`it is larger than ${renderBytes(maxSecretBytes)}`);
  return value;
}

/** What one builder of an engine has no way to do. */
function checkBuilder({ options, secrets }: ParsedBuildArgs, buildKit: boolean): void {
  const network = options.networkMode ?? "default";
  if (buildKit && !["default", "none", "host"].includes(network)) {
    throw buildArgInvalid(
      `--network ${network} is not possible: BuildKit knows default, none and host.`,
      "Take one of these, or set DOCKER_BUILDKIT=0 to build without it.",
    );
  }
  if (!buildKit && secrets.size > 0) {
    throw buildArgInvalid(
      "--secret is not possible: it needs BuildKit.",
      "Use an engine with BuildKit, and do not set DOCKER_BUILDKIT=0.",
    );
  }
}

/**
 * Checks a Dockerfile, its context and its build arguments before anything is touched. `SPEC_INVALID` naming the field.
 * `DOCKER_BUILDKIT=0` means here what it means to the Docker CLI. `WORKSPACE_UNTRUSTED`.
 */
export async function checkBuild(
  context: AgentContext,
  dockerfile: NonNullable<AgentSpec["dockerfile"]>,
  signal?: AbortSignal,
): Promise<CheckedBuild> {
  requireTrusted(context);
  const machine = context.startArgs;
  const parsed = parseBuildArgs(dockerfile.args, machine);
  const wanted = !["0", "false"].includes(lookUpEnv(machine, "DOCKER_BUILDKIT") ?? "");
  const [source, { buildKit: has }] = await Promise.all([
    readBuildSource(dockerfile, machine.cwd),
    context.capabilities(signal),
  ]);
  const buildKit = has && wanted;
  checkBuilder(parsed, buildKit);
  const read = [...parsed.secrets].map(
    async ([id, from]) => [id, await readSecret(id, from, machine)] as const,
  );
  return {
    ...parsed,
    source,
    buildKit,
    args: dockerfile.args,
    secretValues: new Map(await Promise.all(read)),
  };
}

const heededByBuildKit = ["ShmSize", "Ulimits", "CgroupParent"];

/** Flags that BuildKit takes without an effect, as the Docker CLI has them. */
function withoutEffect({ options, buildKit }: CheckedBuild): string[] {
  if (!buildKit) return [];
  const ignored = Object.keys(options.limits).filter((key) => !heededByBuildKit.includes(key));
  return ignored.length > 0
    ? ["WARNING: BuildKit has no limits of CPU and memory: those of the build arguments have no effect."]
    : [];
}

/**
 * Builds the image that an agent is made from, and gives its facts; from the cache where nothing has changed. Each line
 * of the log is progress and goes to the build log. `pull` asks for newer base images, `logins` are for their
 * registries. Errors: those of `Engine.buildImage`.
 */
export async function buildBase(
  context: AgentContext,
  build: CheckedBuild,
  { name, pull, logins }: { name: string; pull: boolean; logins?: Readonly<Record<string, RegistryLogin>> },
  work: Work,
): Promise<ImageFacts> {
  const { engine, log } = context;
  const { source, args, buildKit, secretValues } = build;
  const key = { dockerfile: source.path, context: source.context, args };
  const { reference, options } = nameBuilt(key, { ...build.options, pull: pull || build.options.pull });
  const say = (line: string) => {
    work.onProgress(stage, line);
    context.onBuildOutput?.(name, line);
  };
  work.onProgress(stage);
  context.onBuildOutput?.(name, `Building ${source.path} with the context ${source.context}`);
  for (const line of withoutEffect(build)) say(line);
  const id = await engine.buildImage(
    {
      options,
      buildKit,
      reference,
      dockerfile: source.dockerfile,
      context: packBuildContext(source, {
        log,
        signal: work.signal,
        onProgress: (bytes, files) =>
          work.onProgress(stage, `context: ${files} files, ${renderBytes(bytes)}`),
      }),
      secrets: secretValues,
      logins,
    },
    say,
    work.signal,
  );
  return engine.inspectImage(id, work.signal);
}
