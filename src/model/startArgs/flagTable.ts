import { deviceFlags } from "./deviceFlags.js";
import { environmentFlags } from "./environmentFlags.js";
import type { Flag } from "./flag.js";
import { healthFlags } from "./healthFlags.js";
import { networkFlags } from "./networkFlags.js";
import { portFlags } from "./portFlags.js";
import { processFlags } from "./processFlags.js";
import { resourceFlags } from "./resourceFlags.js";
import { securityFlags } from "./securityFlags.js";
import { volumeFlags } from "./volumeFlags.js";

/** Every flag that is taken. */
export const flagTable: readonly Flag[] = [
  ...processFlags,
  ...environmentFlags,
  ...resourceFlags,
  ...deviceFlags,
  ...volumeFlags,
  ...networkFlags,
  ...portFlags,
  ...securityFlags,
  ...healthFlags,
];
