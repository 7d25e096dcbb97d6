import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { nodePath } from "../../src/os/files/node-path.ts";
import { META_BYTES, newestMeta, type ReadAt, readLmdb, readMeta } from "../../src/software/lmdb-header.ts";
import { metaPage, writeLmdb } from "../fixtures/ant-node-files.ts";

setDefaultTimeout(300_000);

const home = mkdtempSync(join(tmpdir(), "wnm-lmdb-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Entries in the text form that mdb_load(1) reads. */
function dump(entries: number, from = 0): string {
  const lines = ["VERSION=3", "format=print", "type=btree", "mapsize=1073741824", "HEADER=END"];
  for (let i = from; i < from + entries; i++)
    lines.push(` ${String(i).padStart(64, "0")}`, ` ${"x".repeat(500)}`);
  return [...lines, "DATA=END", ""].join("\n");
}

function load(name: string, entries: number, from = 0): Bun.Subprocess {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  const file = join(home, `${name}.${from}.txt`);
  writeFileSync(file, dump(entries, from));
  return Bun.spawn(["mdb_load", "-f", file, folder], { stdout: "ignore", stderr: "inherit" });
}

/** What LMDB itself says about the database. */
async function stat(name: string): Promise<{ entries: number; used_bytes: number; transaction: bigint }> {
  const child = Bun.spawn(["mdb_stat", "-e", join(home, name)], { stdout: "pipe" });
  const text = await child.stdout.text();
  const field = (label: string) => Number(new RegExp(`${label}: (\\d+)`).exec(text)?.[1] ?? Number.NaN);
  return {
    entries: field("Entries"),
    used_bytes: field("Number of pages used") * field("Page size"),
    transaction: BigInt(field("Last transaction ID")),
  };
}

test.each([0, 1, 99, 100, 101, 2500])(
  "%i entries of a real LMDB are counted as LMDB counts them",
  async (entries) => {
    const name = `real-${entries}`;
    expect(await load(name, entries).exited).toBe(0);
    expect(readLmdb(nodePath(join(home, name), "data.mdb"))).toEqual(await stat(name));
    expect((await stat(name)).entries).toBe(entries);
  },
);

test("successive transactions are seen, whichever page they are on", async () => {
  for (let turn = 0; turn < 4; turn++) {
    expect(await load("turns", 50, turn * 50).exited).toBe(0);
    expect(readLmdb(nodePath(join(home, "turns"), "data.mdb"))).toEqual(await stat("turns"));
    expect(readLmdb(nodePath(join(home, "turns"), "data.mdb"))?.entries).toBe((turn + 1) * 50);
  }
});

test("counts only rise while a writer works, and reading leaves no trace", async () => {
  expect(await load("busy", 1).exited).toBe(0);
  const writer = load("busy", 40_000, 1);
  const seen: number[] = [];
  while (writer.exitCode === null) {
    const header = readLmdb(nodePath(join(home, "busy"), "data.mdb"));
    expect(header).toBeDefined();
    if (header !== undefined) seen.push(header.entries);
    await Bun.sleep(0);
  }
  expect(writer.exitCode).toBe(0);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(2);
  expect(readLmdb(nodePath(join(home, "busy"), "data.mdb"))?.entries).toBe(40_001);
  expect(readdirSync(join(home, "busy")).toSorted()).toEqual(["data.mdb", "lock.mdb"]);
});

test.each([4096, 16_384])("with pages of %i bytes the larger transaction wins", (page_size) => {
  for (const transaction of [1, 2, 7, 8]) {
    const folder = join(home, `pages-${page_size}-${transaction}`);
    writeLmdb(folder, 42, page_size, transaction);
    expect(readLmdb(nodePath(folder, "data.mdb"))).toEqual({
      entries: 42,
      used_bytes: 44 * page_size,
      transaction: BigInt(transaction),
    });
  }
});

test.each([4096, 16_384])("with pages of %i bytes a damaged meta page is skipped", (page_size) => {
  const whole = new Uint8Array([
    ...metaPage({ page: 0, page_size, transaction: 8n, entries: 8n, last_page: 9n }),
    ...metaPage({ page: 1, page_size, transaction: 7n, entries: 7n, last_page: 9n }),
  ]);
  for (const [damaged, entries] of [
    [0, 7],
    [page_size, 8],
  ] as const) {
    const folder = join(home, `damaged-${page_size}-${damaged}`);
    mkdirSync(folder);
    const bytes = whole.slice();
    bytes.fill(0xff, damaged, damaged + META_BYTES);
    writeFileSync(join(folder, "data.mdb"), bytes);
    expect(readLmdb(nodePath(folder, "data.mdb"))?.entries).toBe(entries);
  }
});

test("a writer that advances between the two reads makes both be repeated", () => {
  const page = (number: 0 | 1, transaction: bigint) =>
    metaPage({ page: number, page_size: 4096, transaction, entries: transaction * 10n, last_page: 5n });
  let reads = 0;
  const moving: ReadAt = (offset) => {
    reads++;
    if (reads === 1) return page(0, 2n);
    return offset === 0 ? page(0, 6n) : page(1, 5n);
  };
  expect(newestMeta(moving)?.entries).toBe(60);
  expect(reads).toBe(4);
});

test("an idle database costs two reads", () => {
  let reads = 0;
  newestMeta((offset) => {
    reads++;
    const number = offset === 0 ? 0 : 1;
    return metaPage({
      page: number,
      page_size: 4096,
      transaction: BigInt(4 + number),
      entries: 1n,
      last_page: 5n,
    });
  });
  expect(reads).toBe(2);
});

test("a missing database, a folder in its place, and a truncated file are unknown", async () => {
  expect(readLmdb(nodePath(join(home, "nowhere"), "data.mdb"))).toBeUndefined();
  mkdirSync(join(home, "folder", "data.mdb"), { recursive: true });
  expect(readLmdb(nodePath(join(home, "folder"), "data.mdb"))).toBeUndefined();
  expect(await load("cut", 10).exited).toBe(0);
  for (const length of [0, 1, 16, META_BYTES - 1]) {
    const folder = join(home, `cut-${length}`);
    mkdirSync(folder);
    copyFileSync(join(home, "cut", "data.mdb"), join(folder, "data.mdb"));
    truncateSync(join(folder, "data.mdb"), length);
    expect(readLmdb(nodePath(folder, "data.mdb"))).toBeUndefined();
  }
});

test("any bytes give a header with sane numbers or none, and never throw", () => {
  const meta = fc.record({
    page_size: fc.constantFrom(4096, 16_384),
    transaction: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    entries: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    last_page: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    meta.map((fields) => metaPage({ page: 0, ...fields })),
    fc
      .tuple(meta, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(META_BYTES))
      .map(([fields, noise, at]) => {
        const page = metaPage({ page: 0, ...fields });
        page.set(noise.subarray(0, page.length - at), at);
        return page;
      }),
  );
  fc.assert(
    fc.property(bytes, bytes, fc.nat(5), (first, second, turns) => {
      let left = turns;
      const header = newestMeta((offset) => {
        if (left-- === 0) return new Uint8Array();
        return (offset === 0 ? first : second).subarray(0, META_BYTES);
      });
      if (header === undefined) return;
      expect(Number.isSafeInteger(header.entries) && header.entries >= 0).toBe(true);
      expect(Number.isSafeInteger(header.used_bytes) && header.used_bytes > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("a meta page with an impossible page size is rejected", () => {
  for (const page_size of [0, 3, 128, 4095, 65_536, 2 ** 31]) {
    const bytes = metaPage({ page: 0, page_size: 4096, transaction: 1n, entries: 1n, last_page: 1n });
    new DataView(bytes.buffer).setUint32(40, page_size, true);
    expect(readMeta(bytes)).toBeUndefined();
  }
});

test("a file that has grown at its end is read as before", async () => {
  expect(await load("grown", 10).exited).toBe(0);
  appendFileSync(join(home, "grown", "data.mdb"), new Uint8Array(100_000));
  expect(readLmdb(nodePath(join(home, "grown"), "data.mdb"))?.entries).toBe(10);
});
