import type { Flag } from "./flag.js";
import { flagTable } from "./flagTable.js";
import { cut } from "./cut.js";
import { startArgInvalid } from "./invalid.js";
import { refusedFlags } from "./refusedFlags.js";

/** A flag with its value, and the number of the argument where it stands, from 1. */
export interface ReadFlag {
  flag: Flag;
  value: string;
  position: number;
}

function find(position: number, shown: string, key: "name" | "short", text: string): Flag {
  const refused = refusedFlags.find((entry) => entry[key] === text);
  if (refused) {
    const remedy = `Remove ${shown} from the start arguments.`;
    throw startArgInvalid(
      `Start argument ${position}: ${shown} is not possible: ${refused.because}.`,
      remedy,
    );
  }
  const flag = flagTable.find((entry) => entry[key] === text);
  if (flag) return flag;
  throw startArgInvalid(
    `Start argument ${position}: ${shown} is not a flag of docker create.`,
    "See docker create --help for the flags.",
  );
}

/**
 * Splits arguments into flags and values. Source: spf13/pflag, parseArgs, with flags only.
 * Throws `START_ARG_INVALID`; text that is no flag may be a secret, and is not repeated.
 */
export function readFlags(args: readonly string[]): ReadFlag[] {
  const read: ReadFlag[] = [];
  const rest = [...args];
  const position = () => args.length - rest.length;
  /** A value of its own, when the flag has none attached. */
  const next = (shown: string): string => {
    const at = position();
    const value = rest.shift();
    if (value !== undefined) return value;
    throw startArgInvalid(`Start argument ${at}: ${shown} has no value.`, `Give ${shown} its value.`);
  };

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const at = position();
    if (word.includes("\0")) {
      throw startArgInvalid(`Start argument ${at} holds a NUL character.`, "Remove it.");
    }
    if (word === "--" && rest.length === 0) break;
    if (word === "--" || !/^-./s.test(word)) {
      throw startArgInvalid(
        `Start argument ${word === "--" ? at + 1 : at} is not a flag.`,
        'Start arguments are flags of docker create, one list entry each: ["--cpus", "2"] or ["--cpus=2"].',
      );
    }
    if (word.startsWith("--")) {
      const [name, attached] = cut(word.slice(2), "=");
      const flag = find(at, `--${name}`, "name", name);
      read.push({ flag, value: attached ?? (flag.isSwitch ? "true" : next(`--${name}`)), position: at });
      continue;
    }
    for (let letters = word.slice(1); letters !== "";) {
      const [letter = "", ...others] = letters;
      const flag = find(at, `-${letter}`, "short", letter);
      const attached = others.join("");
      letters = "";
      // `-c=` alone is the value "=", as there.
      if (attached.length > 1 && attached.startsWith("=")) {
        read.push({ flag, value: attached.slice(1), position: at });
      } else if (flag.isSwitch) {
        read.push({ flag, value: "true", position: at });
        letters = attached;
      } else read.push({ flag, value: attached || next(`-${letter}`), position: at });
    }
  }
  return read;
}
