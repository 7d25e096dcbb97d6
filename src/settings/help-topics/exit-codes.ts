import { EXIT } from "../../base/errors.ts";
import { definitions } from "../text-layout.ts";

type Meaning = { readonly means: string; readonly to_do: string };

const MEANINGS: Readonly<Record<keyof typeof EXIT, Meaning>> = {
  done: { means: "done, or there was nothing to do", to_do: "Nothing." },
  failed: { means: "failed", to_do: "Read the ERROR line; it says what failed and what to do." },
  usage: {
    means: "wrong option or value; nothing was changed",
    to_do: "Every mistake of the call is listed. Correct them and call again.",
  },
  actions_failed: {
    means: "some actions failed, or something needs fixing",
    to_do:
      "The other nodes were managed as usual. The WARNING and ERROR lines name each node or setting and what to do. Failed actions are tried again automatically.",
  },
  not_initialised: {
    means: "there is no colony yet",
    to_do:
      "Create it with --init. If there was one, put a backup of colony.db in its place: nothing was touched.",
  },
  refused: {
    means: "refused, because nodes could lose their data",
    to_do:
      "The message says what is missing, such as a disk that is not mounted. Fix that; nothing was touched.",
  },
  locked: {
    means: "another wnm is running",
    to_do: "Normal when a run takes longer than a minute. The message says what that run is doing.",
  },
};

const rows = (text: (meaning: Meaning) => string): string =>
  definitions(
    (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => [
      String(EXIT[name]).padStart(2),
      text(MEANINGS[name]),
    ]),
  );

/** The exit codes, one line each. */
export const exitCodes = (): string => `Exit codes:\n${rows(({ means }) => means)}`;

/** The exit codes, each with what to do about it. */
export const exitCodesTopic = (): string => `${exitCodes()}\nWhat to do:\n${rows(({ to_do }) => to_do)}`;
