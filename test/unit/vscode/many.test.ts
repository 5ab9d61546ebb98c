import { expect, test } from "vitest";
import { AgentError, cancelled } from "../../../src/model/errors.js";
import { runMany, type Job } from "../../../src/vscode/many.js";

const jobs = (count: number, engine: (n: number) => string = () => "one"): Job[] =>
  Array.from({ length: count }, (_, n) => ({ id: `id-${n}`, name: `agent-${n}`, engine: engine(n) }));
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("no engine gets more than its share at once, and engines do not wait for each other", async () => {
  const running = new Map<string, number>();
  let most = 0;
  let together = 0;
  const result = await runMany(
    jobs(20, (n) => (n % 2 ? "a" : "b")),
    async ({ engine, name }) => {
      running.set(engine, (running.get(engine) ?? 0) + 1);
      most = Math.max(most, ...running.values());
      together = Math.max(together, (running.get("a") ?? 0) + (running.get("b") ?? 0));
      await turn();
      running.set(engine, (running.get(engine) ?? 0) - 1);
      return name;
    },
    { perEngine: 3 },
  );
  expect([most, together]).toEqual([3, 6]);
  expect(result.done.map(({ value }) => value).sort()).toEqual(
    jobs(20)
      .map(({ name }) => name)
      .sort(),
  );
});

test("one that fails keeps no other, and progress counts it", async () => {
  const seen: string[] = [];
  const result = await runMany(
    jobs(3),
    async ({ id }) => {
      if (id === "id-1") throw new AgentError("ENGINE_UNREACHABLE", "It refused.");
    },
    { perEngine: 1, onProgress: ({ done, failed, all }) => seen.push(`${done}+${failed}/${all}`) },
  );
  expect(result.done).toHaveLength(2);
  expect(result.failed).toMatchObject([{ job: { id: "id-1" }, error: { code: "ENGINE_UNREACHABLE" } }]);
  expect(seen.at(-1)).toBe("2+1/3");
});

test("cancelling ends what is under way and begins nothing more", async () => {
  const controller = new AbortController();
  const begun: string[] = [];
  const result = await runMany(
    jobs(5),
    async ({ id }) => {
      begun.push(id);
      if (id === "id-0") return;
      controller.abort();
      throw cancelled();
    },
    { perEngine: 1, signal: controller.signal },
  );
  expect(begun).toEqual(["id-0", "id-1"]);
  expect(result.done).toHaveLength(1);
  expect(result.failed).toEqual([]);
  expect(result.cancelled).toHaveLength(4);
});
