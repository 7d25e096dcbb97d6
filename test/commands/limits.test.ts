import { expect, test } from "bun:test";
import { raisedForAccount } from "../../src/commands/doctor/account-limit.ts";
import { limitAnswers, limitedBy } from "../../src/commands/doctor/ask-limits.ts";
import { aNode } from "../support/builders.ts";

const limits = (over: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    "Max address space": "unlimited",
    "Max open files": "65536",
    ...over,
  })
    .map(([name, soft]) => `${name.padEnd(26)}${soft.padEnd(21)}unlimited            bytes`)
    .join("\n");
const STATUS = "Name:\tantnode\nVmSize:\t  900000 kB\nThreads:\t40\n";
const node = aNode(1, { user: "ant" });
const answers = (over: Readonly<Record<string, string>>, user = "ant", count = 1) =>
  limitAnswers(
    Array.from({ length: count }, () =>
      limitedBy({ node: { ...node, user }, pid: 712 }, limits(over), STATUS),
    ),
  );
const keys = (...given: Parameters<typeof answers>) =>
  answers(...given).flatMap((answer) => (answer.is === "found" ? answer.finding.key : []));

test("limits that nodes stay far below are fine", () => {
  expect(answers({})).toMatchObject([{ is: "good" }]);
  expect(limitAnswers([])).toEqual([]);
  expect(keys({ "Max address space": "9000000000" })).toEqual([]);
});

test("a node near its limit of memory or files is found, with its cure", () => {
  expect(keys({ "Max address space": "1000000000" })).toEqual(["little-address-space"]);
  expect(keys({ "Max open files": "1023" })).toEqual(["few-files"]);
  // Where prlimit is installed, the existing process gets it too.
  expect(JSON.stringify(answers({ "Max address space": "1000000000" }))).toMatch(
    /(as unlimited|-v unlimited).*(--pid 712|")/,
  );
});

test("a limit is raised in a PAM file, or before wnm starts where there is no PAM", () => {
  expect(raisedForAccount("ant", "as", "unlimited", "wnm.conf", true)).toContain(
    "/etc/security/limits.d/wnm.conf",
  );
  expect(raisedForAccount("ant", "as", "unlimited", "wnm.conf", false)).toBe(
    "start wnm, and with it the nodes, after: ulimit -v unlimited",
  );
});

test("a limit that the kernel does not report is not a limit", () => {
  expect(limitAnswers([limitedBy({ node, pid: 712 }, "", "")])).toMatchObject([{ is: "good" }]);
});
