import { expect, test } from "bun:test";
import type { Run } from "../../src/os/command.ts";
import { elevation, runAs } from "../../src/os/elevation.ts";

test("a command runs behind the words that change its account, with its options", async () => {
  const calls: unknown[] = [];
  const run: Run = async (argv, options) => {
    calls.push([argv, options]);
    return { code: 0, stdout: "", stderr: "" };
  };
  const operator = elevation(1000);
  await runAs(run, operator.asRoot, ["id", "-u"], { deadline_ms: 5 });
  await runAs(run, elevation(0).asRoot, ["id", "-u"]);
  await runAs(run, operator.asNode, ["id"]);
  expect(calls).toEqual([
    [["sudo", "-n", "id", "-u"], { deadline_ms: 5 }],
    [["id", "-u"], undefined],
    [["sudo", "-n", "-u", "ant", "--", "id"], undefined],
  ]);
});
