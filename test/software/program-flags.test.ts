import { describe, expect, test } from "bun:test";
import { SOFTWARE_KINDS } from "../../src/model/node.ts";
import { foreignFlags } from "../../src/software/foreign-flags.ts";
import { SOFTWARE } from "../../src/software/generations.ts";

describe.each(SOFTWARE_KINDS)("%s", (kind) => {
  const { flags } = SOFTWARE[kind];
  const others = SOFTWARE_KINDS.filter((other) => other !== kind);

  test("other programs start without its own flags, and it starts without theirs", () => {
    for (const other of others) {
      expect(flags.own.filter((flag) => !foreignFlags(other).has(flag))).toEqual([]);
      expect(SOFTWARE[other].flags.own.filter((flag) => !foreignFlags(kind).has(flag))).toEqual([]);
    }
  });

  test("an older version starts without newer flags, and a mistyped flag is still an error", () => {
    expect(flags.recent.filter((flag) => !flags.own.includes(flag))).toEqual([]);
    expect(flags.recent.filter((flag) => !foreignFlags(kind).has(flag))).toEqual([]);
    expect(flags.recent.filter((flag) => flags.usual.includes(flag))).toEqual([]);
    expect(foreignFlags(kind)).not.toContain("--root-dir");
  });
});
