import { WnmError } from "../errors.ts";

/** What a unit says about its node, whoever wrote it. */
export type NodeUnit = {
  readonly description: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Account that the node runs as; undefined: the account of the manager. */
  readonly user: string | undefined;
  readonly working_directory: string | undefined;
};

/** What user and system units do differently. Directives as `Name=value`, in the order in which they are written. */
export type UnitStyle = {
  readonly unit: readonly string[];
  readonly service: readonly string[];
  /** Folders that stay writable when the style protects the rest of the disk. */
  readonly writable: readonly string[];
  readonly wanted_by: string;
};

/** Only a shell starts programs with these in their path: systemd refuses them (`string_is_safe` of its source). */
const UNSAFE_IN_PROGRAM = /["'\\]/;
const SHELL = ["/bin/sh", "-c", 'exec "$0" "$@"'] as const;

/** The text of a unit. Pure. systemd.unit(5), systemd.service(5), systemd.syntax(7). Throws WnmError for what no unit can say. */
export function renderUnit(unit: NodeUnit, style: UnitStyle): string {
  const { working_directory } = unit;
  return [
    "# wnm writes this file anew when it starts the node; your own settings belong in a drop-in (systemctl edit).",
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
    `ExecStart=${commandLine(unit)}`,
    ...style.service,
    ...style.writable.map((path) => `ReadWritePaths=${quoted(`-${plain("folder", path)}`)}`),
    "",
    "[Install]",
    `WantedBy=${style.wanted_by}`,
    "",
  ].join("\n");
}

/** One word as systemd unquotes it again. */
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

/** Text for a directive that knows no quotes and no escapes. */
function plain(what: string, text: string): string {
  if (!hasControl(text) && text.trim() === text && text !== "" && !text.endsWith("\\")) return text;
  throw new WnmError(`A systemd unit cannot name the ${what} ${JSON.stringify(text)}; choose another`);
}

function environmentLine([name, value]: readonly [string, string]): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new WnmError(
      `${JSON.stringify(name)} cannot be a variable of a systemd unit: only letters, digits and _`,
    );
  }
  // systemd drops a variable with any other control character, and only its journal tells.
  if (hasControl(value.replace(/[\t\n]/g, ""))) {
    throw new WnmError(`The variable ${name} cannot be given to a systemd unit: control characters`);
  }
  return `Environment=${quoted(`${name}=${value}`)}`;
}

function commandLine({ program, args }: Pick<NodeUnit, "program" | "args">): string {
  const path = plain("program", program);
  const words = UNSAFE_IN_PROGRAM.test(path) ? [...SHELL, path, ...args] : [path, ...args];
  // The prefix turns off the expansion of $NAME; it is left out where it changes nothing, for older readers of units.
  const prefix = words.some((word) => word.includes("$")) ? ":" : "";
  return `${prefix}${words.map(quoted).join(" ")}`;
}

/**
 * Reads a unit of wnm, Python wnm, anm, antctl or a hand; undefined when it starts no program. Pure.
 * `specifiers` are the values of %h, %u … by their letter; %% needs none, unknown ones stay as they are.
 */
export function parseUnit(
  text: string,
  specifiers: Readonly<Record<string, string>> = {},
): NodeUnit | undefined {
  const expand = (word: string) =>
    word.replace(/%(.)/gs, (whole, letter: string) => (letter === "%" ? "%" : (specifiers[letter] ?? whole)));
  const single: Record<string, string> = {};
  let env: Record<string, string> = {};
  let command: string | undefined;
  for (const { section, key, value } of directives(text)) {
    if (section === "Service" && key === "ExecStart") command = value === "" ? undefined : (command ?? value);
    else if (section === "Service" && key === "Environment")
      env = value === "" ? {} : { ...env, ...variables(value, expand) };
    else single[`${section}.${key}`] = expand(value);
  }
  const words = command === undefined ? [] : commandWords(command, expand, env);
  const [program, ...args] = SHELL.every((word, i) => words[i] === word) ? words.slice(SHELL.length) : words;
  if (program === undefined) return undefined;
  return {
    description: single["Unit.Description"] ?? "",
    program,
    args,
    env,
    user: single["Service.User"] || undefined,
    working_directory: single["Service.WorkingDirectory"] || undefined,
  };
}

type Directive = { readonly section: string; readonly key: string; readonly value: string };

function directives(text: string): readonly Directive[] {
  const found: Directive[] = [];
  let section = "";
  let begun = "";
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    // A comment inside a continued line does not end it.
    if (/^[#;]/.test(line)) continue;
    if (raw.endsWith("\\")) {
      begun += `${raw.slice(0, -1)} `;
      continue;
    }
    const whole = `${begun}${raw}`.trim();
    begun = "";
    const header = /^\[(.+)\]$/.exec(whole);
    if (header?.[1] !== undefined) section = header[1];
    const at = whole.indexOf("=");
    if (header === null && at > 0)
      found.push({ section, key: whole.slice(0, at).trim(), value: whole.slice(at + 1).trim() });
  }
  return found;
}

type Expand = (word: string) => string;

const variables = (value: string, expand: Expand): Record<string, string> =>
  Object.fromEntries(
    splitUnitWords(value)
      .map(({ text }) => expand(text))
      .filter((word) => word.indexOf("=") > 0)
      .map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  );

function commandWords(
  line: string,
  expand: Expand,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const [, prefix = "", rest = ""] = /^([@:+!|-]*)(.*)$/s.exec(line) ?? [];
  const words: string[] = [];
  for (const { raw, text } of splitUnitWords(rest)) {
    if (raw === ";") break;
    const word = expand(raw === "\\;" ? ";" : text);
    if (prefix.includes(":") || words.length === 0) words.push(word);
    else words.push(...variablesExpanded(word, env));
  }
  if (prefix.includes("@")) words.splice(1, 1);
  return words;
}

function variablesExpanded(word: string, env: Readonly<Record<string, string>>): readonly string[] {
  const alone = /^\$([A-Za-z_]\w*)$/.exec(word)?.[1];
  if (alone !== undefined) return splitUnitWords(env[alone] ?? "").map(({ text }) => text);
  return [
    word.replace(/\$\$|\$\{([A-Za-z_]\w*)\}/g, (whole, name?: string) =>
      name === undefined ? whole.slice(1) : (env[name] ?? ""),
    ),
  ];
}

const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};
const CODES = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;

/** Words of a value with quotes and C escapes, as systemd.syntax(7) splits them; `raw` is as it was written. */
export function splitUnitWords(value: string): readonly { readonly raw: string; readonly text: string }[] {
  const words: { raw: string; text: string }[] = [];
  let at = 0;
  while (at < value.length) {
    if (/\s/.test(value[at] ?? "")) {
      at++;
      continue;
    }
    const start = at;
    let text = "";
    let quote = "";
    for (; at < value.length && (quote !== "" || !/\s/.test(value[at] ?? "")); at++) {
      const character = value[at] ?? "";
      if (character === "\\") {
        const escaped = escapeAt(value, at + 1);
        text += escaped.text;
        at += escaped.length;
      } else if (character === quote) quote = "";
      else if (quote === "" && (character === '"' || character === "'")) quote = character;
      else text += character;
    }
    words.push({ raw: value.slice(start, at), text });
  }
  return words;
}

/** The escape that follows a backslash; an unknown one is left as it is written. */
function escapeAt(value: string, at: number): { readonly text: string; readonly length: number } {
  const letter = LETTERS[value[at] ?? ""];
  if (letter !== undefined) return { text: letter, length: 1 };
  const code = CODES.exec(value.slice(at, at + 9));
  if (code === null) return { text: `\\${value[at] ?? ""}`, length: 1 };
  const [digits, hex, short, long, octal] = code;
  const number =
    octal === undefined ? Number.parseInt(hex ?? short ?? long ?? "", 16) : Number.parseInt(octal, 8);
  return { text: number <= 0x10_ffff ? String.fromCodePoint(number) : `\\${digits}`, length: digits.length };
}
