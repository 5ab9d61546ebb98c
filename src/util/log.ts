/** Where the core tells what it does. The shape of vscode's `LogOutputChannel`. Never given a secret. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const nothing = () => undefined;

export const nullLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
