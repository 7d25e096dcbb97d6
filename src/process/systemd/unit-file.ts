import { WnmError } from "../../base/errors.ts";
import type { UnitView } from "./unit-view.ts";

/** The content of a node's unit, whichever program wrote it. */
export type NodeUnit = {
  readonly description: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A private file with further variables; a leading "-" means that it may be missing. */
  readonly environment_file?: string | undefined;
  /** The account that the node runs as; undefined: the manager's. */
  readonly user: string | undefined;
  readonly working_directory: string | undefined;
};

/** The differences between user and system units. Directives are `Name=value`, in the order of the file. */
export type UnitStyle = {
  readonly unit: readonly string[];
  readonly service: readonly string[];
  /** The paths that stay visible if the style hides the rest of the disk. */
  readonly view?: UnitView | undefined;
  readonly wanted_by: string;
};

/** systemd rejects program paths with these characters (`string_is_safe` in its source), so a shell starts those. */
const UNSAFE_IN_PROGRAM = /["'\\]/;

/** Starts a program whose path systemd rejects. */
export const SHELL = ["/bin/sh", "-c", 'exec "$0" "$@"'] as const;

/**
 * Renders a unit; see systemd.unit(5), systemd.service(5), systemd.syntax(7). Throws WnmError for values that a unit cannot
 * express. Pure.
 */
export function renderUnit(unit: NodeUnit, style: UnitStyle): string {
  const { working_directory } = unit;
  const text = [
    "[Unit]",
    `Description=${specifiersEscaped(plain("description", unit.description))}`,
    ...style.unit,
    "",
    "[Service]",
    "Type=exec",
    ...(unit.user === undefined ? [] : [`User=${plain("user", unit.user)}`]),
    ...(working_directory === undefined
      ? []
      : [`WorkingDirectory=${specifiersEscaped(plain("folder", working_directory))}`]),
    ...Object.entries(unit.env).map(environmentLine),
    ...(unit.environment_file === undefined
      ? []
      : [`EnvironmentFile=${specifiersEscaped(plain("file", unit.environment_file))}`]),
    `ExecStart=${commandLine(unit)}`,
    ...style.service,
    ...(style.view === undefined ? [] : viewLines(style.view)),
    "",
    "[Install]",
    `WantedBy=${style.wanted_by}`,
    "",
  ].join("\n");
  return `${HEAD}\n${MARK}${markOf(text)}\n${text}`;
}

const HEAD =
  "# wnm rewrites this file whenever it starts the node; put your own settings in a drop-in (systemctl edit).";
/** The start of the line with a checksum, which shows whether the text below was edited. */
const MARK = "# As written by wnm: ";

const markOf = (text: string): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16);

/** False when a unit was edited; undefined for one without a checksum, by an earlier wnm or another program. Pure. */
export function isAsWritten(unit: string): boolean | undefined {
  const [, mark, text] = /^# As written by wnm: (\S*)\n(.*)$/ms.exec(unit) ?? [];
  if (mark === undefined || text === undefined) return undefined;
  return unit === `${HEAD}\n${MARK}${markOf(text)}\n${text}`;
}

/** The "-" before a path lets it be missing: the first node that needs a shared folder creates it. */
const viewLines = ({ hidden, readable, writable }: UnitView): readonly string[] => [
  // Paths with a backslash or a colon cannot be hidden: systemd parses the line twice, and both are special each time.
  ...hidden.filter((path) => !/[\\:]/.test(path)).map((path) => `TemporaryFileSystem=${bound(path, ":ro")}`),
  ...readable.map((path) => `BindReadOnlyPaths=${bound(`-${path}`)}`),
  ...writable.map((path) => `BindPaths=${bound(`-${path}`)}`),
];

/** A path in a systemd list in which a colon separates options. */
const bound = (path: string, option = ""): string => {
  const word = quoted(`${plain("folder", path)}${option}`);
  return path.includes(":") && !word.startsWith('"') ? `"${word}"` : word;
};

/** A word quoted so that systemd reads it back unchanged. */
function quoted(word: string): string {
  const escaped = specifiersEscaped(word);
  if (/^[\w@%+=:,./-]+$/.test(escaped)) return escaped;
  const text = escaped.replace(/[\\"]/g, "\\$&").replace(CONTROL, escapedByte);
  return `"${text}"`;
}

/** ASCII control characters. */
const CONTROL = /[^\P{Cc}\u0080-\u009f]/gu;
const hasControl = (text: string): boolean => text.search(CONTROL) >= 0;
const escapedByte = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;

const specifiersEscaped = (text: string): string => text.replaceAll("%", "%%");

/** Text for a directive that supports neither quotes nor escapes. Throws WnmError if it would need them. */
function plain(what: string, text: string): string {
  if (!hasControl(text) && text.trim() === text && text !== "" && !text.endsWith("\\")) return text;
  throw new WnmError(`A systemd unit cannot name the ${what} ${JSON.stringify(text)}; choose another`);
}

/** The error for an invalid variable name. */
export const noVariable = (name: string): WnmError =>
  new WnmError(`${JSON.stringify(name)} cannot be a variable of a systemd unit: only letters, digits and _`);

function environmentLine([name, value]: readonly [string, string]): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw noVariable(name);
  // systemd drops a variable with any other control character, noting it only in the journal.
  if (hasControl(value.replace(/[\t\n]/g, ""))) {
    throw new WnmError(`The variable ${name} cannot be given to a systemd unit: control characters`);
  }
  return `Environment=${quoted(`${name}=${value}`)}`;
}

function commandLine({ program, args }: Pick<NodeUnit, "program" | "args">): string {
  const path = plain("program", program);
  const words = UNSAFE_IN_PROGRAM.test(path) ? [...SHELL, path, ...args] : [path, ...args];
  // The ":" prefix disables $NAME expansion. It is omitted when unneeded, for older programs that parse units.
  const prefix = words.some((word) => word.includes("$")) ? ":" : "";
  return `${prefix}${words.map(quoted).join(" ")}`;
}
