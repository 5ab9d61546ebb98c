import type { AgentError } from "../errors.js";
import type { Flag } from "./flag.js";
import { flagTable } from "./flagTable.js";
import { cut } from "./cut.js";
import { startArgInvalid } from "./invalid.js";
import { refusedFlags, type RefusedFlag } from "./refusedFlags.js";

/** What reading needs of a flag. */
type Readable = Pick<Flag, "name" | "short" | "isSwitch">;

/** The flags of one command of the Docker CLI. */
export interface Grammar<F extends Readable> {
  /** `docker create`. */
  command: string;
  /** What one argument is called, with a capital: `Start argument`. */
  argument: string;
  taken: readonly F[];
  refused: readonly RefusedFlag[];
  invalid: (message: string, remedy: string) => AgentError;
}

/** A flag with its value, and the number of the argument where it stands, from 1. */
export interface ReadFlag<F> {
  flag: F;
  value: string;
  position: number;
}

const ofCreate: Grammar<Flag> = {
  command: "docker create",
  argument: "Start argument",
  taken: flagTable,
  refused: refusedFlags,
  invalid: startArgInvalid,
};

function findIn<F extends Readable>(
  { command, argument, taken, refused, invalid }: Grammar<F>,
  position: number,
  shown: string,
  key: "name" | "short",
  text: string,
): F {
  const impossible = refused.find((entry) => entry[key] === text);
  if (impossible) {
    const remedy = `Remove ${shown} from the ${argument.toLowerCase()}s.`;
    throw invalid(`${argument} ${position}: ${shown} is not possible: ${impossible.because}.`, remedy);
  }
  const flag = taken.find((entry) => entry[key] === text);
  if (flag) return flag;
  throw invalid(
    `${argument} ${position}: ${shown} is not a flag of ${command}.`,
    `See ${command} --help for the flags.`,
  );
}

/**
 * Splits arguments into flags and values. Source: spf13/pflag, parseArgs, with flags only.
 * Throws `START_ARG_INVALID`; text that is no flag may be a secret, and is not repeated.
 */
export function readFlags(args: readonly string[]): ReadFlag<Flag>[] {
  return readFlagsOf(ofCreate, args);
}

/** The same for another command; throws what its grammar calls invalid. */
export function readFlagsOf<F extends Readable>(grammar: Grammar<F>, args: readonly string[]): ReadFlag<F>[] {
  const { argument, command, invalid } = grammar;
  const find = (position: number, shown: string, key: "name" | "short", text: string) =>
    findIn(grammar, position, shown, key, text);
  const read: ReadFlag<F>[] = [];
  const rest = [...args];
  const position = () => args.length - rest.length;
  /** A value of its own, when the flag has none attached. */
  const next = (shown: string): string => {
    const at = position();
    const value = rest.shift();
    if (value !== undefined) return value;
    throw invalid(`${argument} ${at}: ${shown} has no value.`, `Give ${shown} its value.`);
  };

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const at = position();
    if (word.includes("\0")) {
      throw invalid(`${argument} ${at} holds a NUL character.`, "Remove it.");
    }
    if (word === "--" && rest.length === 0) break;
    if (word === "--" || !/^-./s.test(word)) {
      const example = grammar.taken.find(({ isSwitch }) => !isSwitch)?.name ?? "flag";
      throw invalid(
        `${argument} ${word === "--" ? at + 1 : at} is not a flag.`,
        `${argument}s are flags of ${command}, one list entry each: ["--${example}", "VALUE"] or ["--${example}=VALUE"].`,
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
