import { fstatSync, statSync } from "node:fs";

/** True when standard error is a terminal. Checks process.stderr only if it may be one: loading it takes 2.5 ms. */
export const hasTerminal = (): boolean => mayBeTerminal(2) && process.stderr.isTTY === true;

/** True when the call was typed: standard input or standard error is a terminal. */
export const isTypedAtTerminal = (): boolean =>
  hasTerminal() || (mayBeTerminal(0) && process.getBuiltinModule("node:tty").isatty(0));

/** Standard output, if it is a terminal. */
export type Screen = {
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly colour: boolean;
  /** Prints text with its colour codes; anything untrusted in it must already be escaped. */
  readonly show: (text: string) => void;
};

/** Columns and rows of the terminal; 80 by 24 or the like if unknown. */
export const sizeOfScreen = (): { readonly columns: number; readonly rows: number } => {
  const [columns, rows] = process.stdout.isTTY ? process.stdout.getWindowSize() : [0, 0];
  return { columns: columns || 80, rows: rows || 24 };
};

/** The screen; undefined when standard output is not a terminal. `show` prints to it. */
export function screenOf(
  env: Readonly<Record<string, string | undefined>>,
  show: Screen["show"],
): Screen | undefined {
  if (!mayBeTerminal(1) || !process.getBuiltinModule("node:tty").isatty(1)) return undefined;
  return {
    size: sizeOfScreen,
    colour: showsColours(env),
    show,
  };
}

/** False if the environment disables colours (https://no-color.org) or the terminal has none. */
export const showsColours = (env: Readonly<Record<string, string | undefined>>): boolean =>
  !env.NO_COLOR && env.TERM !== "dumb";

function mayBeTerminal(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isCharacterDevice() && stat.rdev !== statSync("/dev/null").rdev;
  } catch {
    return false;
  }
}
