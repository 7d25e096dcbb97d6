import { parseArgs } from "citty";
import { echoed, quoted } from "../base/text.ts";
import type { Given, Issue, Source } from "./layers.ts";
import { optionOf, suggestion } from "./options.ts";

const SHORT: Readonly<Record<string, string>> = { c: "config", v: "verbose", q: "quiet", h: "help" };

/** Parses a command line strictly: every word is an option, its value, or an issue. Pure. */
export function fromArguments(argv: readonly string[]): { given: Given; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const words: string[] = [];
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const option = readOption(word);
    if (option === undefined) {
      const hint = /^(true|false|yes|no|on|off)$/i.test(word)
        ? `; a switch takes its value as --NAME=${word}`
        : "";
      issues.push({
        name: word,
        message: `${quoted(word)} (command line): is not an option; options start with --${hint}`,
      });
      continue;
    }
    const row = optionOf(option.name);
    if (row === undefined) {
      issues.push({
        name: word,
        message: `${echoed(word.split("=")[0] ?? word)} (command line): unknown option${suggestion(option.name)}`,
      });
      continue;
    }
    let value = option.value ?? (row.is_switch ? "true" : undefined);
    if (value === undefined) {
      const next = queue[0];
      const is_last = next === undefined || optionOf(readOption(next)?.name ?? "") !== undefined;
      if (is_last && row.alone === undefined) {
        issues.push({
          name: option.name,
          message: `--${option.name} (command line): needs a value: ${row.hint}`,
        });
        continue;
      }
      value = is_last ? row.alone : queue.shift();
    }
    const start = `--${option.name}=`;
    const earlier = row.is_list === true ? words.findIndex((one) => one.startsWith(start)) : -1;
    if (earlier >= 0) words[earlier] += `,${value}`;
    else words.push(`${start}${value}`);
  }
  // Only the options of this call, because with the whole table the parser takes 4 ms of every run (measured).
  const names = new Set(words.map((word) => word.slice(2, word.indexOf("="))));
  const parsed = parseArgs(
    words,
    Object.fromEntries([...names].map((name) => [name, { type: "string" as const }])),
  );
  const given = new Map<string, Source>();
  for (const name of names) {
    const text: unknown = parsed[name];
    if (typeof text === "string") given.set(name, { text, from: "command line", layer: "command line" });
  }
  return { given, issues };
}

/** "--cpu-remove=80" -> cpu_remove and "80"; "-v" -> verbose. undefined: does not look like an option. */
function readOption(word: string): { name: string; value: string | undefined } | undefined {
  const short = /^-([a-z])$/.exec(word)?.[1];
  if (short !== undefined) return { name: SHORT[short] ?? word, value: undefined };
  const long = /^--([A-Za-z][A-Za-z0-9_-]*)(?:=(.*))?$/s.exec(word);
  if (long?.[1] === undefined) return undefined;
  return { name: long[1].replaceAll("-", "_"), value: long[2] };
}
