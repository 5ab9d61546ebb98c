import { timed } from "../statistics.js";
import { inside, show, showRatio, type Setting } from "./setting.js";

const rounds = 7;
const image = "agent-containers-bench:commit";

/** A snapshot of 100 MB against a bare commit of the same container, with nothing in /mngr and with 10 MB there. */
export async function measureCommits({ core, raw, agent }: Setting): Promise<void> {
  const bare = () =>
    timed(() =>
      raw.call(
        "POST",
        `/commit?container=${agent.containerId}&repo=agent-containers-bench&tag=commit&pause=1`,
        {},
      ),
    );
  await inside(core, agent.id, "head -c 100000000 /dev/urandom > ~/data");
  for (const kept of [false, true]) {
    if (kept) await inside(core, agent.id, "head -c 10000000 /dev/urandom > /mngr/data");
    const floors: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const floor = await bare();
      await raw.call("DELETE", `/images/${image}`);
      let taken = "";
      const own = await timed(async () => {
        taken = (await core.snapshot(agent.id)).id;
      });
      await core.deleteSnapshot({ snapshot: taken });
      // The first round of each warms the caches of the engine and of this process.
      if (round === 0) continue;
      floors.push(floor);
      ours.push(own);
    }
    show("commit of 100 MB, bare", floors);
    show(kept ? "snapshot, and 10 MB in /mngr" : "snapshot, ours", ours);
    showRatio(ours, floors, kept ? "the archive comes on top" : "bar 1.05");
  }
  await inside(core, agent.id, "rm /mngr/data");
}
