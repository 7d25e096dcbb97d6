import { fstatSync, statSync } from "node:fs";

/** True when standard error is a terminal. Asks process.stderr only at need: loading it takes 2.5 ms. */
export const hasTerminal = (): boolean => mayBeTerminal(2) && process.stderr.isTTY === true;

/** True when somebody typed this call: standard input or standard error is a terminal. */
export const isTypedAtTerminal = (): boolean =>
  hasTerminal() || (mayBeTerminal(0) && process.getBuiltinModule("node:tty").isatty(0));

/** Standard output that is a terminal. */
export type Screen = {
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly colour: boolean;
  /** Prints text whose colours stay; everything in it from outside must be escaped already. */
  readonly show: (text: string) => void;
};

/** Columns and rows of the terminal of standard output; the usual ones where it does not say. */
export const sizeOfScreen = (): { readonly columns: number; readonly rows: number } => {
  const [columns, rows] = process.stdout.isTTY ? process.stdout.getWindowSize() : [0, 0];
  return { columns: columns || 80, rows: rows || 24 };
};

/** The screen, undefined where standard output is none. `show` prints on it. */
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

/** False where the environment asks for none (https://no-color.org), or names a terminal without any. */
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
