import * as v from "valibot";
import { alertTargets, FORMS, labelOf, templateProblem, webAddress } from "../alert-targets.ts";
import type { StoredValue } from "../setting.ts";
import { type KindSpec, kind, optional } from "./kind.ts";
import { isLine, lineText } from "./texts.ts";

/** A secret text, never repeated in a message. */
const secret = (
  what: string,
  hint: string,
  problemOf: (text: string) => string | undefined,
  blank: (text: string) => string,
): KindSpec<string | undefined> => ({
  ...optional<string>({
    text: () =>
      v.pipe(
        v.string(),
        v.transform((text) => text.replace(/\s+/g, " ").trim()),
        lineText(),
        v.rawCheck(({ dataset, addIssue }) => {
          const problem = dataset.typed ? problemOf(dataset.value) : undefined;
          if (problem !== undefined) addIssue({ message: `Invalid ${what}: ${problem}` });
        }),
      ),
    column: "TEXT",
    hint,
    isReadable: (stored: StoredValue) => isLine(stored) && problemOf(stored.trim()) === undefined,
  }),
  fromColumn: (stored) => (stored === null ? undefined : String(stored).trim() || undefined),
  blank: (value) => (value === undefined ? "" : blank(value)),
});

const problemOfTargets = (text: string): string | undefined => {
  const read = alertTargets(text);
  return "problem" in read ? read.problem : undefined;
};

/** The alert receivers: addresses and programs, separated by blanks. */
export const alertUrls = kind(
  secret("address", "addresses separated by blanks", problemOfTargets, (text) => {
    const read = alertTargets(text);
    return "problem" in read ? "[blank]" : read.targets.map(({ label }) => label).join(" ");
  }),
);

const problemOfPing = (text: string): string | undefined => {
  const url = webAddress(text);
  return typeof url === "string" ? url.replace(", http:// or exec:/", " or http://") : undefined;
};

/** The address of one check of a healthchecks server. */
export const pingUrl = kind(
  secret("address", "address of a check", problemOfPing, (text) => {
    const url = webAddress(text);
    return typeof url === "string" ? "[blank]" : labelOf(url);
  }),
);

/** The alert template: a known form, or JSON. */
export const alertTemplate = kind(
  secret("template", `${Object.keys(FORMS).join("|")} or JSON`, templateProblem, (text) =>
    Object.hasOwn(FORMS, text) ? text : "[blank]",
  ),
);
