import { setTimeout as pause } from "node:timers/promises";
import { inside, type Setting } from "./setting.js";

const rounds = 5;
/** Looks at the time every 2 ms until it is told to end, and prints the longest time between two looks. */
const clock = `perl -MTime::HiRes=time,sleep -e '
  my $last = time; my $worst = 0;
  until (-e "/tmp/clock-end") { sleep 0.002; my $now = time; $worst = $now - $last if $now - $last > $worst; $last = $now }
  unlink "/tmp/clock-end"; printf "%d", $worst * 1000'`;

/** The longest time that an agent stood still while `work` ran. */
async function stillness({ core, agent }: Setting, work: () => Promise<unknown>): Promise<number> {
  const counting = inside(core, agent.id, clock);
  await pause(500);
  await work();
  await inside(core, agent.id, "touch /tmp/clock-end");
  return Number(await counting);
}

/**
 * How long an agent stands still: by itself, during a snapshot that does not freeze it, and during one that does, for
 * which an estimate is shown before.
 */
export async function measureStillness(setting: Setting): Promise<void> {
  const { core, agent } = setting;
  const snapshot = async (freeze: boolean) => {
    const { id } = await core.snapshot(agent.id, { pause: freeze });
    await core.deleteSnapshot({ snapshot: id });
  };
  for (const megabytes of [1, 100, 1000]) {
    await inside(core, agent.id, `head -c ${megabytes}000000 /dev/urandom > ~/data`);
    const alone: number[] = [];
    const warm: number[] = [];
    const frozen: number[] = [];
    const estimates: number[] = [];
    for (let round = 0; round < (megabytes > 100 ? 2 : rounds); round += 1) {
      alone.push(await stillness(setting, () => pause(1000)));
      warm.push(await stillness(setting, () => snapshot(false)));
      estimates.push((await core.previewSnapshot(agent.id)).freezeMs);
      frozen.push(await stillness(setting, () => snapshot(true)));
    }
    console.log(`${megabytes} MB written, stands still for (each round, in ms)`);
    console.log(`  by itself, in a second           ${alone.join(" ")}`);
    console.log(`  snapshot without a freeze        ${warm.join(" ")} (bar 100)`);
    console.log(`  snapshot with a freeze           ${frozen.join(" ")}`);
    console.log(`  as estimated before              ${estimates.join(" ")}`);
  }
  await inside(core, agent.id, "rm ~/data");
  await inside(core, agent.id, "head -c 300000000 /dev/urandom > /mngr/data");
  for (let round = 0; round < 3; round += 1) {
    const { freezeMs } = await core.previewSnapshot(agent.id);
    const frozen = await stillness(setting, () => snapshot(true));
    console.log(`300 MB in /mngr: stands still for ${frozen} ms, estimated before: ${freezeMs} ms`);
  }
}
