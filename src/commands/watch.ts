import { EXIT, type ExitCode, UsageError, WnmError } from "../base/errors.ts";
import { type TakenScreen, takeScreen } from "../os/screen.ts";
import type { Screen } from "../os/terminal.ts";
import { type Overview, overviewOf } from "../report/overview.ts";
import { oneLine } from "../report/overview-lists.ts";
import { overviewText } from "../report/overview-text.ts";
import { clipped } from "../report/text-width.ts";
import { readStored } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { overviewFacts } from "./overview-facts.ts";
import { promptSnapshot } from "./prompt-snapshot.ts";
import { settingsOf } from "./settings-of.ts";
import { styleOf } from "./style.ts";
import { surveyColony } from "./survey-colony.ts";

/** The overview on the screen, and the error of the last refresh if it failed. */
type Seen = { readonly overview: Overview | undefined; readonly error: string | undefined };

/** Shows the overview and redraws it at an interval until a key, a signal or the end of the terminal. */
export async function watch(context: Context, seconds: number, survey: boolean): Promise<ExitCode> {
  const { screen } = context.world;
  if (screen === undefined)
    throw new UsageError([
      { message: "--watch (command line): needs a terminal; without one: wnm --report overview" },
    ]);
  // The first reading happens before the screen is taken over, so mistakes in the call print normally.
  let seen: Seen = { overview: await look(context, false), error: undefined };
  using terminal = takeScreen();
  const hint = survey ? `surveys every ${seconds} s` : `every ${seconds} s`;
  for (;;) {
    if (survey) seen = await lookAgain(context, true, seen);
    let why = await drawn(terminal, screen, seen, hint, seconds);
    while (why === "resized") why = await drawn(terminal, screen, seen, hint, seconds);
    if (why === "leave") return EXIT.done;
    if (!survey) seen = await lookAgain(context, false, seen);
  }
}

async function drawn(
  terminal: TakenScreen,
  screen: Screen,
  { overview, error }: Seen,
  hint: string,
  seconds: number,
): ReturnType<TakenScreen["wait"]> {
  const style = styleOf(screen);
  const { columns, rows } = screen.size();
  const lines = overview === undefined ? [] : overviewText(overview, style).trimEnd().split("\n");
  const foot = clipped(`q quits, r refreshes · ${error ?? hint}`, columns);
  terminal.draw([
    ...lines.slice(0, rows - 1),
    error === undefined ? style.paint("faint", foot) : style.paint("warn", foot),
  ]);
  return terminal.wait(seconds * 1000);
}

/** Refreshes the overview. Falls back to stored data if the survey fails, then to the previous screen. */
async function lookAgain(context: Context, survey: boolean, last: Seen): Promise<Seen> {
  try {
    return { overview: await look(context, survey), error: undefined };
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    const seen = survey ? await lookAgain(context, false, last) : last;
    return { ...seen, error: oneLine(error.message) };
  }
}

const NO_LOG: Context["log"] = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The current overview. Logging is silenced, because log lines would garble the screen. */
async function look(loud: Context, survey: boolean): Promise<Overview> {
  const context = { ...loud, log: NO_LOG };
  if (survey) {
    using surveyed = await surveyColony(context);
    const { store, config, nodes } = surveyed;
    const snapshot = await promptSnapshot(context, store, config, nodes);
    return overviewOf(overviewFacts(context, store, snapshot));
  }
  return readStored(context.options.paths.database, async (store) => {
    const { config } = settingsOf(context, store);
    const snapshot = await promptSnapshot(context, store, config, store.nodes());
    return overviewOf(overviewFacts(context, store, snapshot));
  });
}
