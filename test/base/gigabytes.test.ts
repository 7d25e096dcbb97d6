import { expect, test } from "bun:test";
import { gigabytes } from "../../src/base/gigabytes.ts";

test("bytes are shown without exponents, however many there are", () => {
  const shown = [0, 20e6, 2e9, 12.34e9, 99.96e9, 1234e9, -1].map(gigabytes);
  expect(shown).toEqual(["0.00 GB", "0.02 GB", "2.00 GB", "12.3 GB", "100 GB", "1234 GB", "0.00 GB"]);
});
