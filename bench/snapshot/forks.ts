import { timed } from "../statistics.js";
import { bareTwin } from "./bareTwin.js";
import { inside, show, showRatio, type Setting } from "./setting.js";

const rounds = 7;
const five = [1, 2, 3, 4, 5];
const name = "agent-containers-bench-one";

/** Five forks at once against one create, and what five bare creates and starts at once take of the engine alone. */
export async function measureForks(setting: Setting): Promise<void> {
  const { core, agent } = setting;
  await inside(core, agent.id, "head -c 100000000 /dev/urandom > ~/data");
  const { id: snapshot, image } = await core.snapshot(agent.id);
  const bare = await bareTwin(setting, image);
  const launch = async () => {
    const id = await bare.create();
    await bare.start(id);
    return id;
  };
  const creates: number[] = [];
  const forks: number[] = [];
  const bareOnes: number[] = [];
  const bareFives: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const one = await timed(() => core.create({ name }));
    await core.destroy(name, { force: true });
    let made: readonly { id: string }[] = [];
    const ours = await timed(async () => {
      made = await core.fork(agent.id, { snapshot, count: five.length });
    });
    await Promise.all(made.map(({ id }) => core.destroy(id, { force: true })));
    let ids: string[] = [];
    const bareOne = await timed(async () => (ids = [await launch()]));
    await Promise.all(ids.map(bare.remove));
    const bareFive = await timed(async () => (ids = await Promise.all(five.map(launch))));
    await Promise.all(ids.map(bare.remove));
    // The first round of each warms the caches of the engine and of this process.
    if (round === 0) continue;
    creates.push(one);
    forks.push(ours);
    bareOnes.push(bareOne);
    bareFives.push(bareFive);
  }
  await bare.dispose();
  await core.deleteSnapshot({ snapshot });
  show("create and start, bare", bareOnes);
  show("five of them at once, bare", bareFives);
  showRatio(bareFives, bareOnes, "the engine alone");
  show("one create, with the login", creates);
  show("five forks, with their logins", forks);
  showRatio(forks, creates, "bar 2.5");
}
