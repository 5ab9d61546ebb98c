import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { inside, type Setting } from "./setting.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

/** The memory of this process while 1 GB in /mngr is snapshotted, and comes back. */
export async function measureMemory({ core, agent }: Setting): Promise<void> {
  await inside(core, agent.id, "head -c 1000000000 /dev/urandom > /mngr/data");
  collect();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const { id: snapshot } = await core.snapshot(agent.id);
  await core.restore(agent.id, { snapshot });
  clearInterval(timer);
  console.log(`1 GB in /mngr, there and back: memory ${mib(before)} MiB, at its peak ${mib(peak)} MiB`);
  await core.deleteSnapshot({ snapshot });
}
