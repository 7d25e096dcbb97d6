import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Assignment, assignment, parseAssignments } from "../../src/settings/assignments.ts";
import { ANY_CHARACTER } from "../support/any-character.ts";

const values = (text: string): readonly unknown[] =>
  parseAssignments(text).map((one: Assignment) => ("problem" in one ? one.problem : [one.name, one.value]));

const hostile = fc.oneof(
  fc.string({ unit: ANY_CHARACTER }).map((text) => text.replaceAll("\0", "")),
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "$",
        "`",
        " ",
        "\t",
        "\n",
        "\r",
        "#",
        "ü",
        "💥",
        "=",
        ":",
        "~",
        "a",
        "!",
      ),
    )
    .map((parts) => parts.join("")),
);

describe("a written assignment", () => {
  test("reads back as the same value, several in a row", () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), (texts) => {
        const file = texts.map((text, i) => assignment(`name_${i}`, text)).join("");
        expect(values(file)).toEqual(texts.map((text, i) => [`name_${i}`, text]));
      }),
      { numRuns: 3000 },
    );
  });

  test.each(["sh", "bash"])("is read by %s as the same value", (shell) => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 20, maxLength: 20 }), (texts) => {
        // A shell reads bytes, and lone surrogates have none of their own.
        const given = texts.map((text) => text.toWellFormed());
        const file = given.map((text, i) => assignment(`N${i}`, text)).join("");
        const show = given.map((_, i) => `"$N${i}"`).join(" ");
        const { stdout } = Bun.spawnSync([
          shell,
          "-c",
          `set -a; eval "$1"; printf '%s\\0' ${show}`,
          "x",
          file,
        ]);
        expect(stdout.toString().split("\0").slice(0, -1)).toEqual(given);
      }),
      { numRuns: 30 },
    );
  });
});

test.each([
  ["node_cap=5", [["node_cap", "5"]]],
  ["  export NODE_CAP = 5  # five", [["NODE_CAP", "5"]]],
  ["--node-cap: 5", [["node-cap", "5"]]],
  ["node_cap 5\r\n", [["node_cap", "5"]]],
  ["no_upnp", [["no_upnp", undefined]]],
  ["environment=", [["environment", ""]]],
  ["# a\n; b\n[section]\n---\n\n a=1", [["a", "1"]]],
  [
    "a='x # y' # z\nb=2",
    [
      ["a", "x # y"],
      ["b", "2"],
    ],
  ],
  [
    'a="two\\nlines" \nb=2',
    [
      ["a", "two\nlines"],
      ["b", "2"],
    ],
  ],
  [
    "a='two\nlines'\nb=2",
    [
      ["a", "two\nlines"],
      ["b", "2"],
    ],
  ],
  // As Python wnm writes quotes inside quotes.
  ['environment="A=1 B="x y""', [["environment", 'A=1 B="x y"']]],
  ["start_args=it's", [["start_args", "it's"]]],
  [
    "a='never closed\nb=2",
    [
      ["a", "'never closed"],
      ["b", "2"],
    ],
  ],
  ["=5", ['expected NAME=value but received "=5"']],
])("%p", (text, expected) => {
  expect(values(text)).toEqual(expected);
});

test("problems and values carry their line number", () => {
  const lines = parseAssignments("\na='x\ny'\n!\nb=1").map((one) => one.line);
  expect(lines).toEqual([2, 4, 5]);
});
