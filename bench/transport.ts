import { createDockerEngine } from "../src/engine/dockerEngine.js";
import type { Engine } from "../src/ports/engine.js";
import { nullLogger } from "../src/util/log.js";
import { createRig } from "../test/contract/rig.js";
import { startSshEngine } from "../test/support/sshEngine.js";
import { testEndpoint } from "../test/support/testEngine.js";
import { median, spread, timed } from "./statistics.js";

const warmUp = 30;
const rounds = 200;
const containers = 20;
const atOnce = 50;

/**
 * A warm request over `ssh://` against the same over the unix socket, taking turns in one process (SPEC 14: at most
 * 1.5 times), and many at once. The requests are those that the product makes: a ping, a list, an inspect. The SSH
 * server is on loopback: what is measured is what a channel costs, a ping being little else.
 */
export async function run(): Promise<void> {
  const far = await startSshEngine();
  // Straight to sshd: the rig's proxy is not part of the product.
  await far.configure((common) => `Host far\n  ${common.replace(/Port \d+/, `Port ${far.sshd.port}`)}\n`);
  await far.trust(far.sshd.port);
  const unix = createDockerEngine(testEndpoint(), { log: nullLogger });
  const ssh = far.engine();
  const rig = createRig(unix);
  try {
    const ids = await Promise.all(Array.from({ length: containers }, () => rig.container()));
    const first = await timed(() => ssh.ping());
    console.log(`first request over ssh   ${first.toFixed(0)} ms (login and look for the engine)`);
    await compare(unix, ssh, {
      ping: (engine) => engine.ping(),
      [`list of ${containers}`]: (engine) => engine.listContainers(rig.label),
      inspect: (engine) => engine.inspectContainer(ids[0] ?? ""),
    });
    const burst = await timed(() => Promise.all(Array.from({ length: atOnce }, () => ssh.ping())));
    console.log(`${atOnce} at once over ssh      ${burst.toFixed(0)} ms, none failed`);
  } finally {
    await rig.cleanUp();
    unix.dispose();
    ssh.dispose();
    await far.stop();
  }
}

interface Kind {
  name: string;
  work: (engine: Engine) => Promise<unknown>;
  unix: number[];
  ssh: number[];
}

async function compare(
  unix: Engine,
  ssh: Engine,
  works: Record<string, (engine: Engine) => Promise<unknown>>,
): Promise<void> {
  const kinds: Kind[] = Object.entries(works).map(([name, work]) => ({ name, work, unix: [], ssh: [] }));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const kind of kinds) {
      const floor = await timed(() => kind.work(unix));
      const own = await timed(() => kind.work(ssh));
      if (round < 0) continue;
      kind.unix.push(floor);
      kind.ssh.push(own);
    }
  }
  for (const { name, unix, ssh } of kinds) {
    const ratio = (median(ssh) / median(unix)).toFixed(2);
    console.log(`${name.padEnd(25)}${spread(unix, 2)} ms over unix, ${spread(ssh, 2)} ms over ssh, ${ratio}`);
  }
  const all = (of: "unix" | "ssh") => median(kinds.flatMap((kind) => kind[of]));
  console.log(`median warm request      ${(all("ssh") / all("unix")).toFixed(2)} (bar 1.50)`);
}
