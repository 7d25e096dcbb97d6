import { expect, test } from "bun:test";
import fc from "fast-check";
import { compareVersions } from "../../src/model/version.ts";

test.each([
  ["0.4.17", "0.4.18", "older"],
  ["0.4.18", "0.4.17", "newer"],
  ["0.4.17", "0.4.17", "equal"],
  ["0.4.9", "0.4.10", "older"],
  ["1.0.0-rc.1", "1.0.0", "older"],
  ["1.0.0-rc.2", "1.0.0-rc.10", "older"],
  ["1.0.0+a", "1.0.0+b", "equal"],
  ["2026.01.05", "2026.1.6", "older"],
] as const)("%s is to %s: %s", (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
});

test.each([
  ...["", "0.4.17.1", "0.4", "v0.4.17", "0.4.17 ", "1.2.x", "*", "latest", "0.4.17-", "0.4.17-rc..1"],
  ...["99999999999999999999.0.0", "0.4.17\n", "NaN.0.0", "1e3.0.0", undefined],
])("%p cannot be compared", (odd) => {
  expect(compareVersions(odd, "0.4.17")).toBeUndefined();
  expect(compareVersions("0.4.17", odd)).toBeUndefined();
});

test("comparing versions never throws and is symmetric, whatever they contain", () => {
  const OPPOSITE = { older: "newer", newer: "older", equal: "equal" } as const;
  const version = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{1,10}(\.\d{1,3}){1,4}(-[0-9a-z.-]{0,8})?(\+[0-9a-z.-]{0,4})?$/),
  );
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = compareVersions(a, b);
      expect(compareVersions(b, a)).toBe(order && OPPOSITE[order]);
    }),
  );
});
