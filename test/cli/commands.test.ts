import { expect, setDefaultTimeout, test } from "bun:test";
import { PAIRS } from "../support/command-calls.ts";
import { aColony } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("two commands in one call exit with 2 and change nothing", async () => {
  await using wnm = await aColony();
  const before = [wnm.machine(), wnm.nodes()];
  for (const { a, b, words } of PAIRS) {
    const { code, stdout, stderr } = await wnm.run(words);
    expect([a, b, code, stdout]).toEqual([a, b, 2, ""]);
    for (const name of [a, b]) expect(stderr).toContain(`--${name} (command line)`);
  }
  expect([wnm.machine(), wnm.nodes()]).toEqual(before);
});
