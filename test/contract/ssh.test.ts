import { afterAll, beforeAll } from "vitest";
import type { SshEngineRig } from "../support/sshEngine.js";
import { startSshEngine } from "../support/sshEngine.js";
import { engineContract } from "./engine.contract.js";

let rig: SshEngineRig | undefined;
beforeAll(async () => {
  rig = await startSshEngine();
});
afterAll(() => rig?.stop());

engineContract("Docker over SSH", () => {
  if (!rig) throw new Error("the rig was not started");
  return rig.engine();
});
