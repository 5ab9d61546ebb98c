import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { nullLogger } from "../../src/util/log.js";
import { testEndpoint } from "../support/testEngine.js";
import { engineContract } from "./engine.contract.js";

engineContract("Docker", () => createDockerEngine(testEndpoint(), { log: nullLogger }));
