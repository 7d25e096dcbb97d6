import { OPTION_NAMES, optionOf } from "./options.ts";

type Word = { readonly text: string; readonly secret: string | undefined };

/** The words of a call, each with the part of it that opens something. */
function wordsWithSecrets(argv: readonly string[]): readonly Word[] {
  let follows = false;
  return argv.map((text) => {
    const [, name = "", , value] = /^--([\w-]+)(=(.*))?$/s.exec(text) ?? [];
    const opens = SECRETS.has(name.replaceAll("-", "_"));
    const secret = follows && name === "" ? text : opens ? value : undefined;
    follows = opens && value === undefined;
    return { text, secret };
  });
}

/** The call as messages show it: "wnm --alert_url [blank]". Pure. */
export const shownCall = (argv: readonly string[]): string =>
  [
    "wnm",
    ...wordsWithSecrets(argv).map(({ text, secret }) =>
      secret ? text.replace(secret, () => "[blank]") : text,
    ),
  ].join(" ");

/** What opens something among the words of a call. Pure. */
export const secretsIn = (argv: readonly string[]): readonly string[] =>
  wordsWithSecrets(argv).flatMap(({ secret }) => secret ?? []);

/** Options whose values open something. */
const SECRETS: ReadonlySet<string> = new Set(
  OPTION_NAMES.filter((name) => optionOf(name)?.blank !== undefined),
);
