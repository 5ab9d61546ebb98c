import { timed } from "../statistics.js";
import { bareTwin } from "./bareTwin.js";
import { inside, show, showRatio, type Setting } from "./setting.js";

const rounds = 15;

/**
 * A restore against bare calls that put one container of the snapshot's image in the place of another: stop, create,
 * start, remove.
 */
export async function measureRestores(setting: Setting): Promise<void> {
  const { core, agent } = setting;
  await inside(core, agent.id, "head -c 100000000 /dev/urandom > ~/data");
  const { id: snapshot, image } = await core.snapshot(agent.id);
  const bare = await bareTwin(setting, image);
  const floors: number[] = [];
  const all: number[] = [];
  const withoutLogin: number[] = [];
  let current = await bare.create();
  await bare.start(current);
  for (let round = 0; round <= rounds; round += 1) {
    const old = current;
    const floor = await timed(async () => {
      await bare.stop(old);
      current = await bare.create();
      await bare.start(current);
      await bare.remove(old);
    });
    const stages = new Map<string, number>();
    const own = await timed(() =>
      core.restore(
        agent.id,
        { snapshot },
        { onProgress: ({ stage }) => void stages.set(stage, stages.get(stage) ?? performance.now()) },
      ),
    );
    const at = (stage: string) => stages.get(stage) ?? NaN;
    // The first round of each warms the caches of the engine and of this process.
    if (round === 0) continue;
    floors.push(floor);
    all.push(own);
    withoutLogin.push(own - (at("Cleaning up") - at("Waiting for the first login")));
  }
  await bare.remove(current);
  await bare.dispose();
  await core.deleteSnapshot({ snapshot });
  show("stop, create, start, rm, bare", floors);
  show("restore, ours, without the login", withoutLogin);
  showRatio(withoutLogin, floors, "bar 1.10");
  show("restore, ours, with the login", all);
  showRatio(all, floors, "no bar");
}
