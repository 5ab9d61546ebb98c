import { afterAll, beforeAll } from "vitest";
import type { Engine } from "../../src/ports/engine.js";
import { createRig, type Rig } from "../contract/rig.js";
import { startSshEngine, type SshEngineRig } from "./sshEngine.js";

/** An engine behind a private sshd for the tests of one `describe`, with the containers they make. */
export interface SshEngineSuite {
  far: SshEngineRig;
  /** At `ssh://far`; its one connection is made with the first call. */
  engine: Engine;
  rig: Rig;
}

/** Sets it up before the tests of the surrounding `describe`, and takes it down after them. */
export function sshEngineSuite(): SshEngineSuite {
  const made: Partial<SshEngineSuite> = {};
  beforeAll(async () => {
    made.far = await startSshEngine();
    made.engine = made.far.engine();
    made.rig = createRig(made.engine);
  });
  afterAll(async () => {
    await made.rig?.cleanUp();
    made.engine?.dispose();
    await made.far?.stop();
  });
  const part = <K extends keyof SshEngineSuite>(key: K): SshEngineSuite[K] => {
    const value = (made as SshEngineSuite)[key];
    if (!value) throw new Error("the engine behind ssh was not started");
    return value;
  };
  return {
    get far() {
      return part("far");
    },
    get engine() {
      return part("engine");
    },
    get rig() {
      return part("rig");
    },
  };
}
