import type { Screen } from "../os/terminal.ts";
import type { World } from "../os/world.ts";
import { inColours, PLAIN, plainPaint, type Style } from "../report/paint.ts";

/** The text layout for this screen; without one, the layout for a file. */
export const styleOf = (screen: Screen | undefined): Style =>
  screen === undefined ? PLAIN : styleOn(screen);

function styleOn({ size, colour }: Screen): Style {
  const { columns, rows } = size();
  // The last row stays free for the prompt or the key hints.
  return { columns, rows: Math.max(LEAST_ROWS, rows - 1), paint: colour ? inColours : plainPaint };
}

const LEAST_ROWS = 5;

/** Prints a text laid out for the screen, in colour if it has colours. */
export const showOn = ({ screen, print }: Pick<World, "screen" | "print">, text: string): void =>
  screen === undefined ? print(text) : screen.show(text);
