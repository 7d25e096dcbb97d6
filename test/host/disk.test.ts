import { expect, test } from "bun:test";
import { diskUseOf } from "../../src/host/disk.ts";

const EXT4 = {
  bsize: 4096,
  frsize: 4096,
  blocks: 1000,
  bfree: 550,
  bavail: 500,
  files: 200,
  ffree: 150,
};

test("size and use are those of df: blocks reserved for root are not free", () => {
  expect(diskUseOf(EXT4)).toEqual({
    total: 4_096_000,
    free: 2_048_000,
    used_percent: (100 * 450) / 950,
    full_of: undefined,
  });
});

test("blocks are counted in f_frsize, because f_bsize of a pool or a share is a transfer size", () => {
  expect(diskUseOf({ ...EXT4, bsize: 1_048_576 })).toMatchObject({ total: 4_096_000, free: 2_048_000 });
  expect(diskUseOf({ ...EXT4, frsize: 0 })?.total).toBe(4_096_000);
});

test("the scarcer of bytes and inodes counts, and is named", () => {
  expect(diskUseOf({ ...EXT4, ffree: 0 })).toMatchObject({ used_percent: 100, full_of: "its inodes" });
  expect(diskUseOf({ ...EXT4, files: 0, ffree: 0 })?.full_of).toBeUndefined();
  expect(diskUseOf({ ...EXT4, ffree: 900 })?.full_of).toBeUndefined();
});

test("contradictory numbers are not a reading", () => {
  const impossible = [
    { blocks: 0, bfree: 0, bavail: 0 },
    { bfree: 2000 },
    { bavail: 2000 },
    { bavail: -1 },
    { bfree: Number.NaN },
    { bavail: Number.NaN },
    { bsize: 0, frsize: 0 },
  ];
  for (const change of impossible) expect(diskUseOf({ ...EXT4, ...change })).toBeUndefined();
});
