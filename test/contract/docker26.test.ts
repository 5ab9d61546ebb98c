import { newerContract } from "./newer.contract.js";

newerContract("26", (apiVersion) => apiVersion === "1.45");
