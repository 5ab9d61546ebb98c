import { networkCases } from "./startArgsNetworkCases.js";
import { processCases } from "./startArgsProcessCases.js";
import { resourceCases } from "./startArgsResourceCases.js";
import { volumeCases } from "./startArgsVolumeCases.js";

/**
 * Values for each flag of `docker create` that agents take, by how a flag of Docker CLI 28.2.2 and an engine with two
 * CPUs and no GPU treat them. Paths are those of `startArgsFiles`.
 */
export interface FlagCases {
  flag: string;
  short?: string;
  /** Without a value: given as it is, or with `=value`. */
  isSwitch?: true;
  /** The CLI and an engine take them. */
  good: string[];
  /** The CLI takes them; an engine may not, or only with other flags. */
  client?: string[];
  /** The CLI refuses them. */
  bad?: string[];
  /** Only to be compared on engines: the CLI leaves the field out where the engine would ignore it. */
  engine?: string[];
}

/** Files that the cases name, in the folder where the CLI runs. */
export const startArgsFiles: Record<string, string | Buffer> = {
  "good.env":
    '\ufeffA=1\n# comment\n\n  B=two words \nQ="kept"\nexport=1\nSA_SET\nSA_UNSET\nA=again\r\nEMPTY=\n\u00a0N=1\n#=x\n',
  "spaces.env": "A B=1\n",
  "noname.env": "=1\n",
  "latin1.env": Buffer.from([0x41, 0x3d, 0xe9, 0x0a]),
  "long.env": `L=${"x".repeat(65_534)}\n`,
  "longest.env": `L=${"x".repeat(65_533)}\n`,
  "nonl.env": "LAST=1",
  "good.labels": "one=1\ntwo\nthree=a=b\n  four=4\n",
  "ours.labels": "agent-containers.agent-id=x\n",
  "seccomp.json":
    '{ "defaultAction" : "SCMP_ACT_ALLOW",\n\t"2": 1.50e+1, "1": "a b \\" \\u0041 ,", "x": [ ], "x": {} }\n',
  "broken.json": "{ no json }",
};

export const flagCases: readonly FlagCases[] = [
  ...resourceCases,
  ...volumeCases,
  ...networkCases,
  ...processCases,
];
