import { expect, test } from "bun:test";
import { rightsAnswers } from "../../src/commands/doctor/ask-sudo.ts";
import { readSudoList } from "../../src/commands/doctor/sudo-list.ts";
import { type SudoCall, sudoCalls } from "../../src/commands/sudoers-rules.ts";
import { pathsFor } from "../../src/os/paths.ts";
import { aConfig } from "../support/builders.ts";

const STORAGE = "/srv/it's a, b:c";
const calls = sudoCalls({
  user: "op",
  config: aConfig({ process_manager: "systemd+sudo", node_storage: [STORAGE] }),
  paths: pathsFor("sudo", "linux", "/home/op"),
});
const rules = calls.filter(({ as }) => as === "root").map(({ rule }) => rule);
const HEAD = `Matching Defaults entries for op on pi4:
    env_reset, secure_path=/usr/local/sbin\\:/usr/local/bin, use_pty

User op may run the following commands on pi4:
`;
const listed = (...lines: readonly string[]): string => HEAD + lines.map((line) => `    ${line}\n`).join("");
const OWN = [
  `(root) NOPASSWD: ${rules.join(", ")}, !/usr/bin/systemctl * -- * [!a]*`,
  "(ant) NOPASSWD: /usr/bin/env -i *",
];
const verdicts = (text: string): readonly (boolean | undefined)[] => [
  ...new Set(calls.map(readSudoList(text))),
];

test("each rule has a call that it allows, with the exact words of its folder", () => {
  expect(calls.length).toBeGreaterThan(30);
  expect(calls.map(({ argv }) => argv)).toContainEqual([
    expect.stringMatching(/\/rm$/),
    ...["-r", "-f", "--one-file-system", "--", `${STORAGE}/antnode0001`],
  ]);
  for (const { argv } of calls) expect(argv.join(" ")).not.toMatch(/[[\]*]|\\/);
});

test("sudo's list is read with wnm's own rules, everything, everything with a password, and the last match wins", () => {
  expect(verdicts(listed(...OWN))).toEqual([true]);
  expect(verdicts(listed("(ALL : ALL) NOPASSWD: ALL"))).toEqual([true]);
  expect(verdicts(listed("(ALL) NOPASSWD: SETENV: ALL"))).toEqual([true]);
  expect(verdicts(listed("(ALL : ALL) ALL"))).toEqual([false]);
  expect(verdicts(listed("(ALL : ALL) ALL", ...OWN))).toEqual([true]);
  expect(verdicts(listed(...OWN, "(ALL : ALL) ALL"))).toEqual([false]);
  expect(verdicts(listed("(ALL) ALL").replace("use_pty", "use_pty, !authenticate"))).toEqual([true]);
  expect(verdicts(listed("(root) NOPASSWD: /usr/local/sbin/*"))).toEqual([undefined]);
  // sudo breaks its lines at spaces.
  const broken = OWN.map((line) => line.replaceAll(/ (?=\/|-|ant)/g, "\n        "));
  expect(verdicts(listed("(ALL : ALL) ALL", ...broken))).toEqual([true]);
});

test("each missing rule has its own sentence, and a single sentence says that all are missing", () => {
  const [gone = ""] = rules;
  const list = readSudoList(listed("(ALL : ALL) ALL", ...OWN.map((line) => line.replace(`${gone}, `, ""))));
  const lacking = calls.filter((call) => list(call) === false);
  expect(lacking.map(({ rule }) => rule)).toEqual([gone]);
  const said = (some: readonly SudoCall[] | undefined) =>
    rightsAnswers(some, calls.length, "").map((answer) =>
      answer.is === "found" ? answer.finding.sentence : answer.is,
    );
  expect(said(lacking)).toEqual([
    `sudo does not allow without a password, as root: ${lacking[0]?.argv.join(" ")}`,
  ]);
  expect(said(calls)).toEqual([expect.stringContaining("neither started nor stopped")]);
  expect(said([])).toEqual(["good"]);
  expect(said(undefined)).toEqual(["unknown"]);
});
