import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { isPlainRun } from "../../src/commands/asked.ts";
import { requestOf } from "../../src/commands/request-of.ts";
import { fromArguments } from "../../src/settings/arguments.ts";
import { assignment } from "../../src/settings/assignments.ts";
import { nearest } from "../../src/settings/nearest.ts";
import { OPTION_NAMES } from "../../src/settings/options.ts";
import { resolve, resolveOnce } from "../../src/settings/resolve.ts";
import { fromAssignments, fromEnvironment, strongestOf } from "../../src/settings/sources.ts";
import { ANY_CHARACTER } from "../support/any-character.ts";
import { aConfig, aHost } from "../support/builders.ts";

setDefaultTimeout(300_000);

const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...OPTION_NAMES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const value = fc.oneof(
  fc.constantFrom("true", "false", "0", "1", "80", "-1", "180", "", "donate", "add", "teardown", "survey"),
  fc.constantFrom(
    "antnode0001",
    "1,2",
    "json",
    "node-status",
    "A=1",
    "~/x",
    "/x",
    "55",
    "0.5",
    "bash",
    "None",
  ),
  fc.string({ unit: ANY_CHARACTER, maxLength: 20 }),
);
const option = fc.tuple(name, value, fc.nat(3)).map(([key, text, form]) => {
  const spelled = form === 1 ? key.replaceAll("_", "-") : key;
  return form === 2 ? [`--${spelled}`, text] : form === 3 ? [`--${spelled}`] : [`--${spelled}=${text}`];
});
const argv = fc.array(option, { maxLength: 6 }).map((options) => options.flat());
const pairs = fc.array(fc.tuple(name, value), { maxLength: 5 });
const stored = aConfig({ rewards_address: "donate" });

/** The result of a call with its sources. */
function judged(words: readonly string[], env: Readonly<Record<string, string>>, file: string) {
  const line = fromArguments(words);
  const environment = fromEnvironment(env);
  const read = fromAssignments(file, "file");
  const given = strongestOf(line.given, environment.given, read.given);
  const { once, issues: onceIssues } = resolveOnce(given);
  const { request, issues: requestIssues } = requestOf(once, given);
  const { resolved, issues } = resolve(given, stored, aHost, false);
  const all = [...line.issues, ...read.issues, ...onceIssues, ...requestIssues, ...issues];
  return { given, once, request, resolved, issues: all };
}

test("any call gives a request and sentences, and never throws; each sentence names its option or word", () => {
  fc.assert(
    fc.property(argv, pairs, pairs, (words, variables, lines) => {
      const env = Object.fromEntries(
        variables.map(([key, text], i) => [`${i % 2 === 0 ? "WNM_" : ""}${key.toUpperCase()}`, text]),
      );
      const file = lines.map(([key, text]) => assignment(key, text)).join("");
      const { request, issues } = judged(words, env, file);
      expect(request.kind).toBeString();
      for (const { message } of issues) expect(message).toMatch(/^(-|"|file, line \d)/);
    }),
    { numRuns: 1000 },
  );
});

test("nothing on a command line is ignored: every word is used or reported", () => {
  const anyWord = fc.oneof(
    value,
    option.map(([word]) => word ?? ""),
  );
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 8 }), (words) => {
      const { given, issues } = fromArguments(words);
      const heads = words.map((word) => word.split("=")[0] ?? "");
      // If an option is given twice the later one counts.
      fc.pre(new Set(heads.map((head) => head.replaceAll("-", "_"))).size === heads.length);
      const texts = [...given.values()].map((source) => source.text);
      for (const [i, word] of words.entries()) {
        const key = (heads[i] ?? "").replace(/^--/, "").replaceAll("-", "_");
        const told = issues.some(
          ({ name: about, message }) => about === key || message.includes(heads[i] ?? ""),
        );
        expect(given.has(key) || texts.includes(word) || told).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a call that asks for nothing is a plain run, so a run of cron need not read it", () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.array(option, { maxLength: 1 }), pairs, pairs, (words, variables, lines) => {
      const env = Object.fromEntries(variables.map(([key, text]) => [`WNM_${key.toUpperCase()}`, text]));
      const { given, request } = judged(words.flat(), env, lines.map((pair) => pair.join("=")).join("\n"));
      if (!isPlainRun(given)) return;
      plain++;
      const { once } = resolveOnce(given);
      expect({ request, issues: requestOf(once, given).issues }).toEqual({
        request: { kind: "run", dry_run: false },
        issues: [],
      });
    }),
    { numRuns: 500 },
  );
  expect(plain).toBeGreaterThan(10);
});

test("a name with one typing error suggests the name", () => {
  fc.assert(
    fc.property(fc.constantFrom(...OPTION_NAMES.filter((one) => one.length > 6)), fc.nat(), (known, at) => {
      const place = 1 + (at % (known.length - 2));
      const typo = known.slice(0, place) + known.slice(place + 1);
      const near = nearest(typo, OPTION_NAMES);
      // Dropping a letter may lead to a word between two names; the suggestion is as close as what was meant.
      expect(near).toBeString();
      expect(Math.abs((near?.length ?? 0) - known.length)).toBeLessThanOrEqual(2);
    }),
  );
});
