import type { Screen } from "../os/terminal.ts";
import type { World } from "../os/world.ts";
import { inColours, PLAIN, plainly, type Style } from "../report/paint.ts";

/** How a text for people looks on this screen; without one, as in a file. */
export const styleOf = (screen: Screen | undefined): Style =>
  screen === undefined ? PLAIN : styleOn(screen);

function styleOn({ size, colour }: Screen): Style {
  const { columns, rows } = size();
  // The last row is for what comes next: the prompt, or what the keys do.
  return { columns, rows: Math.max(LEAST_ROWS, rows - 1), paint: colour ? inColours : plainly };
}

const LEAST_ROWS = 5;

/** Prints a text that was laid out for the screen, with its colours. */
export const showOn = ({ screen, print }: Pick<World, "screen" | "print">, text: string): void =>
  screen === undefined ? print(text) : screen.show(text);
