import { createCore } from "../../src/app/createCore.js";
import { nullLogger } from "../../src/util/log.js";

/** A program of its own that runs one verb, to be killed: its only argument is a `CrashRun` as JSON. */
export interface CrashRun {
  engine: string;
  home: string;
  network: string;
  verb:
    | "create"
    | "snapshot"
    | "compareSnapshot"
    | "restore"
    | "fork"
    | "destroy"
    | "rename"
    | "exec"
    | "start"
    | "list"
    | "prune";
  target: string;
  request: Record<string, unknown>;
}

const { engine, home, network, verb, target, request } = JSON.parse(process.argv[2] ?? "") as CrashRun;
const core = createCore({
  engine,
  env: {},
  homeDir: home,
  platform: process.platform,
  plainSsh: false,
  log: nullLogger,
  network: { name: network },
});
const given = {
  onProgress: ({ stage }: { stage: string }) => void process.stdout.write(`stage ${stage}\n`),
};
const run = () => {
  switch (verb) {
    case "create":
    case "compareSnapshot":
    case "prune":
      return core[verb](request, given);
    case "list":
      return core.list(given);
    case "start":
      return core.start(target, given);
    case "destroy":
      return core.destroy(target, { force: true }, given);
    default:
      return core[verb](target, request, given);
  }
};
const answer = await run().then(
  (value) => ({ value }),
  (error: unknown) => ({ error }),
);
process.stdout.write(`answer ${JSON.stringify(answer)}\n`, () => process.exit());
