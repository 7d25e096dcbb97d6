import { writeAll } from "./output.ts";
import { sizeOfScreen } from "./terminal.ts";

/** Control sequences of ECMA-48 and xterm: the alternate screen, the cursor, line wrap, and updates shown at once. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
const LEAVE = "\u001b[H\u001b[J\u001b[?7h\u001b[?25h\u001b[?1049l";
const BEGIN = "\u001b[?2026h\u001b[H";
const END = "\u001b[J\u001b[?2026l";
const CLEAR_REST = "\u001b[K";

const STDOUT = 1;
/** How long a terminal may block output, as with Ctrl-S. */
const PATIENCE_MS = 3_600_000;

/** What ended a wait: the user quits or refreshes, the window was resized, or the time is over. */
export type Wake = "leave" | "again" | "resized" | "time";

/** A terminal in full-screen mode. */
export type TakenScreen = Disposable & {
  /** Shows only these lines, truncated to the screen. */
  readonly draw: (lines: readonly string[]) => void;
  /** Waits at most this long. A closed terminal counts as quitting. */
  readonly wait: (ms: number) => Promise<Wake>;
};

/** Takes over the terminal of standard output; restores it on disposal. */
export function takeScreen(): TakenScreen {
  const wakes = wakeUps();
  const write = (text: string): void => {
    try {
      writeAll(STDOUT, text, PATIENCE_MS);
    } catch {
      // The terminal is closed, so there is nobody to draw for.
      wakes.wake("leave");
    }
  };
  const keys = readKeys(wakes.wake);
  const signals = catchSignals(wakes.wake, () => {
    keys.raw(true);
    write(ENTER);
  });
  write(ENTER);
  return {
    draw: (lines) => write(frameOf(lines)),
    wait: wakes.wait,
    [Symbol.dispose]: () => {
      signals[Symbol.dispose]();
      keys[Symbol.dispose]();
      write(LEAVE);
    },
  };
}

/** A frame that replaces the previous one in a single write, to avoid flicker. */
function frameOf(lines: readonly string[]): string {
  const { columns, rows } = sizeOfScreen();
  const shown = lines.slice(0, rows).map((line) => {
    const fitted = Bun.sliceAnsi(line, 0, columns, "…");
    // In the last column the cursor is on the last character, so clearing from there would erase it.
    return Bun.stringWidth(fitted) < columns ? fitted + CLEAR_REST : fitted;
  });
  return BEGIN + shown.join("\r\n") + (shown.length < rows ? `\r\n${END}` : END.replace("\u001b[J", ""));
}

type WakeUps = { readonly wake: (why: Wake) => void; readonly wait: TakenScreen["wait"] };

/** Remembers events while nobody waits; a request to quit is kept. */
function wakeUps(): WakeUps {
  let pending: Wake | undefined;
  let waiter: ((why: Wake) => void) | undefined;
  return {
    wake: (why) => {
      if (pending !== "leave") pending = why;
      waiter?.(pending);
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => waiter?.("time"), ms);
        waiter = (why) => {
          clearTimeout(timer);
          waiter = undefined;
          if (pending !== "leave") pending = undefined;
          resolve(why);
        };
        if (pending !== undefined) waiter(pending);
      }),
  };
}

/** q, Ctrl-C, Ctrl-D and a lone Escape quit; space, Enter or r refresh. */
const KEYS: Readonly<Record<string, Wake>> = {
  ...{ q: "leave", Q: "leave", "\u0003": "leave", "\u0004": "leave", "\u001b": "leave" },
  ...{ " ": "again", "\r": "again", "\n": "again", r: "again" },
};

function readKeys(wake: WakeUps["wake"]): Disposable & { readonly raw: (on: boolean) => void } {
  const { stdin } = process;
  if (!stdin.isTTY) return { raw: () => {}, [Symbol.dispose]: () => {} };
  const onKeys = (typed: Buffer): void => {
    const why = KEYS[typed.toString("latin1")];
    if (why !== undefined) wake(why);
  };
  const onEnd = (): void => wake("leave");
  const raw = (on: boolean): void => {
    try {
      stdin.setRawMode(on);
    } catch {
      // The terminal is closed.
    }
  };
  raw(true);
  stdin.on("data", onKeys).on("end", onEnd).on("close", onEnd).on("error", onEnd);
  return {
    raw,
    [Symbol.dispose]: () => {
      raw(false);
      stdin.pause();
    },
  };
}

function catchSignals(wake: WakeUps["wake"], onContinue: () => void): Disposable {
  const leave = (): void => wake("leave");
  const resized = (): void => wake("resized");
  const goOn = (): void => {
    onContinue();
    wake("again");
  };
  const handlers = [
    ...(["SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT"] as const).map((name) => [name, leave] as const),
    ["SIGWINCH", resized],
    ["SIGCONT", goOn],
  ] as const;
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    [Symbol.dispose]: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
