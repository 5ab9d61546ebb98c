import { isApiAtLeast } from "../../src/engine/ping.js";
import { newerContract } from "./newer.contract.js";

// Unstable goes on: what comes after 28 is to work too.
newerContract("28", (apiVersion) => isApiAtLeast(apiVersion, "1.51"));
