import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import type { StoredValue } from "../setting.ts";
import { kind, optional, orNull, plain } from "./kind.ts";

const ONE_LINE = /^\P{Cc}*$/u;

/** True for a single line without control characters; a line break would corrupt a unit or a report. */
export const isLine = (stored: StoredValue): stored is string =>
  typeof stored === "string" && ONE_LINE.test(stored);

/** The schema of such a line. */
export const lineText = () =>
  v.pipe(
    v.string(),
    v.regex(ONE_LINE, "Invalid text: Expected one line without control characters"),
    v.maxLength(4096),
  );

const PATH_START = /^(\/|~\/)/;
const isPath = (stored: StoredValue): boolean => isLine(stored) && PATH_START.test(stored);

const pathText = () =>
  v.pipe(
    lineText(),
    v.regex(
      PATH_START,
      (issue) => `Invalid path: Expected an absolute path or ~/… but received ${quoted(issue.input)}`,
    ),
    v.check((path) => !path.split("/").includes(".."), "Invalid path: Expected no '..' in it"),
    v.transform((path) => path.replace(/\/+$/, "") || "/"),
    v.check(
      (path) => path !== "~",
      "Invalid path: Expected a path below the home folder, not the folder itself",
    ),
  );

/** An absolute path, or one below the home folder (~/…). */
export const path = kind<string>({
  text: pathText,
  column: "TEXT",
  hint: "path",
  is_path: true,
  ...plain,
  isReadable: orNull(isPath),
});

/** One or several distinct folders, in the operator's order. */
export type Folders = readonly [string, ...string[]];

/** The separator of folders: a comma before "/" or "~/" that is not escaped. Any other comma is part of a name. */
const NEXT_FOLDER = /(?<!\\), *(?=\/|~\/)/;
/** An escaped comma at the end of a folder name. */
const ESCAPED = /\\,(?=\/|~\/)/g;
const TO_ESCAPE = /,(?=\/|~\/)/g;

/** Absolute paths, or paths below the home folder, with commas between them. */
export const folders = kind<Folders>({
  text: () =>
    v.pipe(
      v.string(),
      v.transform((text) => text.split(NEXT_FOLDER).map((path) => path.replace(ESCAPED, ","))),
      v.array(pathText()),
      v.transform((paths) => [...new Set(paths)] as unknown as Folders),
    ),
  column: "TEXT",
  hint: "path, or several with commas",
  is_path: true,
  is_list: true,
  show: (paths) => paths.map((path) => path.replace(TO_ESCAPE, "\\,")).join(","),
  // Python wnm reads this column; the others are in a column of their own.
  toColumn: ([first]) => first,
  fromColumn: (stored) => (stored === null ? undefined : [String(stored)]),
  isReadable: orNull(isPath),
});

/** True for a stored path of a folder. */
export const isFolderPath = isPath;

/** A file name as typed on a command line: absolute, below the home folder, or relative. */
export const file = kind<string>({
  text: () => v.pipe(lineText(), v.nonEmpty("Invalid file: Expected a name but received nothing")),
  column: "TEXT",
  hint: "file",
  is_path: true,
  ...plain,
  isReadable: orNull(isLine),
});

export const optionalText = kind(
  optional({ text: lineText, column: "TEXT", hint: "text", isReadable: isLine }),
);
export const optionalPath = kind(
  optional({ text: pathText, column: "TEXT", hint: "path", isReadable: isPath }),
);

const HOST =
  /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** The name or IPv4 address that metrics servers listen on. */
export const host = kind<string>({
  text: () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        HOST,
        (issue) => `Invalid host: Expected a name or an IPv4 address but received ${quoted(issue.input)}`,
      ),
    ),
  column: "TEXT",
  hint: "host",
  ...plain,
  isReadable: orNull((stored) => typeof stored === "string" && HOST.test(stored)),
});
