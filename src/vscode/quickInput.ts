import * as vscode from "vscode";
import type { Answer, Position } from "./walk.js";

const { t } = vscode.l10n;

/** What every question shows. */
interface Question {
  title: string;
  position: Position;
  placeholder?: string;
}

/** Shows an input until it is answered, gone back from, or closed. */
function shown<T>(
  input: vscode.QuickInput,
  position: Position,
  onButton: (listener: (button: vscode.QuickInputButton) => void) => vscode.Disposable,
  answered: (settle: (value: T) => void) => vscode.Disposable[],
): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const owned: vscode.Disposable[] = [];
    const settle = (answer: Answer<T>) => {
      resolve(answer);
      vscode.Disposable.from(...owned, input).dispose();
    };
    owned.push(
      onButton((button) => button === vscode.QuickInputButtons.Back && settle({ kind: "back" })),
      // Comes last after an answer as well, where it changes nothing any more.
      input.onDidHide(() => settle({ kind: "cancelled" })),
      ...answered((value) => settle({ kind: "next", value })),
    );
    input.step = position.step;
    input.totalSteps = position.total;
    // A click into the editor to look something up must not lose the answers.
    input.ignoreFocusOut = true;
    input.show();
  });
}

const backButton = ({ step }: Position) => (step > 1 ? [vscode.QuickInputButtons.Back] : []);

/** Asks for a line of text; `problem` says live why it cannot be taken. */
export function askText(
  question: Question & {
    value: string;
    prompt: string;
    /** Hides what is typed, and takes it as it is, spaces at its ends too. */
    password?: boolean;
    problem: (text: string) => string | undefined;
  },
): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  Object.assign(input, { title: question.title, value: question.value, prompt: question.prompt });
  input.placeholder = question.placeholder;
  input.password = question.password ?? false;
  input.buttons = backButton(question.position);
  const typed = () => (question.password ? input.value : input.value.trim());
  const check = () => {
    input.validationMessage = question.problem(typed());
  };
  check();
  return shown<string>(
    input,
    question.position,
    (listener) => input.onDidTriggerButton(listener),
    (settle) => [
      input.onDidChangeValue(check),
      input.onDidAccept(() => {
        check();
        if (!input.validationMessage) settle(typed());
      }),
    ],
  );
}

/** One thing to choose. */
export interface PickItem<T> extends vscode.QuickPickItem {
  value: T;
}

/** Asks for one of several; `other` makes an item of free text that the user types. */
export function askPick<T>(
  question: Question & { items: readonly PickItem<T>[]; other?: (text: string) => PickItem<T> | undefined },
): Promise<Answer<T>> {
  const input = vscode.window.createQuickPick<PickItem<T>>();
  input.title = question.title;
  input.placeholder = question.placeholder ?? t("Choose one");
  input.buttons = backButton(question.position);
  input.items = question.items;
  return shown<T>(
    input,
    question.position,
    (listener) => input.onDidTriggerButton(listener),
    (settle) => [
      input.onDidChangeValue((text) => {
        const own = text.trim() === "" ? undefined : question.other?.(text.trim());
        const known = question.items.some(({ label }) => label === text.trim());
        input.items = own && !known ? [...question.items, { ...own, alwaysShow: true }] : question.items;
      }),
      input.onDidAccept(() => {
        const [item] = input.selectedItems;
        if (item) settle(item.value);
      }),
    ],
  );
}

/** Asks which of several; none is an answer too. The items that are `picked` are ticked at first. */
export function askMany<T>(question: Question & { items: readonly PickItem<T>[] }): Promise<Answer<T[]>> {
  const input = vscode.window.createQuickPick<PickItem<T>>();
  input.title = question.title;
  input.placeholder = question.placeholder;
  input.buttons = backButton(question.position);
  input.canSelectMany = true;
  input.items = question.items;
  input.selectedItems = question.items.filter(({ picked }) => picked);
  return shown<T[]>(
    input,
    question.position,
    (listener) => input.onDidTriggerButton(listener),
    (settle) => [input.onDidAccept(() => settle(input.selectedItems.map(({ value }) => value)))],
  );
}
