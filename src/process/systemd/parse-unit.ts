import { type NodeUnit, SHELL } from "./unit-file.ts";
import { splitUnitWords } from "./unit-words.ts";

/**
 * Parses a unit of wnm, Python wnm, anm, antctl or the operator; undefined when it starts no program. Pure.
 * `specifiers`: values of specifiers such as %h and %u, by letter; unknown ones stay as written.
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
    ...(single["Service.EnvironmentFile"] ? { environment_file: single["Service.EnvironmentFile"] } : {}),
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
    // A comment in the middle of a continued line does not end it.
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
