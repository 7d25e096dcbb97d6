import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  countChunks,
  NOTHING_COUNTED,
  partialCountText,
  readPartialCount,
} from "../../src/software/ant-node-chunks.ts";
import {
  chunkStoresIn,
  heldInFiles,
  readsFiles,
  unreadStores,
  whyNotBecome,
} from "../../src/software/ant-node-stores.ts";
import { chunkStoreOf } from "../../src/software/ant-node-versions.ts";
import { writeLmdb } from "../fixtures/ant-node-files.ts";
import { aNode } from "../support/builders.ts";

const home = mkdtempSync(join(tmpdir(), "wnm-stores-"));
let root = "";
let roots = 0;
beforeEach(() => {
  root = join(home, String(++roots));
  mkdirSync(root);
});
afterAll(() => rmSync(home, { recursive: true }));

const chunk = (shard: string, bytes = 100, name = crypto.getRandomValues(new Uint8Array(31)).toHex()) => {
  const folder = join(root, "chunks", shard);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}${shard}`);
  writeFileSync(path, new Uint8Array(bytes));
  return path;
};
const database = (entries: number, name = "chunks.mdb") => {
  writeLmdb(join(root, name), entries, 4096, 1);
  return join(root, name);
};
const node = () => aNode(1, { software: "ant-node", root_dir: root });
const stores = () => chunkStoresIn(root, readdirSync(root));

describe("chunks in files", () => {
  test("are counted by name, with their bytes", () => {
    chunk("00", 10);
    chunk("00", 30);
    chunk("ff", 5);
    expect(countChunks(root)).toEqual({ next: 256, records: 3, bytes: 45 });
  });

  test("do not include anything else in the folders", () => {
    const path = chunk("ab", 7);
    writeFileSync(join(root, "chunks/layout.json"), "{}");
    writeFileSync(join(root, "chunks/.lock"), "");
    writeFileSync(join(root, "chunks/ab/.tmp.12.3"), "half");
    writeFileSync(join(root, "chunks/ab", "0".repeat(64)), "filed under the wrong folder");
    writeFileSync(`${path.slice(0, -3)}ab`, "a short name");
    mkdirSync(join(root, "chunks/xyz"));
    expect(countChunks(root)).toEqual({ next: 256, records: 1, bytes: 7 });
  });

  test("have their sizes estimated from a few", () => {
    for (let i = 0; i < 50; i++) chunk("cd", 200);
    expect(countChunks(root)).toEqual({ next: 256, records: 50, bytes: 10_000 });
  });

  test("are unknown if a folder is a link, which is not followed", () => {
    chunk("00");
    const elsewhere = join(home, "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(root, "chunks/01"));
    expect(countChunks(root)).toBeUndefined();
    expect(countChunks(join(root, "none"))).toBeUndefined();
  });

  test("are counted from where the last run stopped", () => {
    for (const folder of ["00", "01", "7f", "80", "ff"]) chunk(folder, 10);
    const first = countChunks(root, undefined, 3);
    expect(first).toEqual({ next: 0x80, records: 3, bytes: 30 });
    const remembered = readPartialCount(first && partialCountText(first));
    expect(remembered).toEqual(first ?? NOTHING_COUNTED);
    expect(countChunks(root, remembered, 3)).toEqual({ next: 256, records: 5, bytes: 50 });
    for (const odd of [undefined, "", "1 2", "-1 2 3", "x"])
      expect(readPartialCount(odd)).toEqual(NOTHING_COUNTED);
  });

  test("count only if the node reads them", () => {
    chunk("00");
    database(7);
    expect(readsFiles(stores(), "0.23.1")).toBe(true);
    expect(readsFiles(stores(), "0.18.1")).toBe(false);
    expect(readsFiles(stores(), undefined)).toBe(true);
    const count = { records: 1, bytes: 100 };
    expect(heldInFiles(root, count, stores(), "0.23.1")).toEqual({ records: 1, data_bytes: 100 });
    // Six of the seven are not copied yet.
    expect(heldInFiles(root, count, stores(), "0.22.0").records).toBe(7);
  });
});

test("a version determines where chunks are kept", () => {
  const kinds = ["0.14.2", "0.18.1", "0.19.0-rc.1", "0.22.9", "0.23.0", "1.0.0"].map(chunkStoreOf);
  expect(kinds).toEqual(["database", "database", "moving", "moving", "files", "files"]);
  expect([undefined, "", "new"].map(chunkStoreOf)).toEqual([undefined, undefined, undefined]);
});

describe("a store that the node does not read", () => {
  test.each(["chunks.mdb", "chunks.mdb.retired", "chunks.mdb.retired.64"])(
    "%s is reported with its bytes",
    (name) => {
      const path = database(3, name);
      chunk("00");
      const [finding, ...rest] = unreadStores(node(), stores(), "0.23.1");
      expect(rest).toEqual([]);
      expect(finding).toMatchObject({ key: "unread-chunk-store", severity: "bad", node: 1 });
      expect(finding?.sentence).toContain(
        `does not read ${path}: 3 chunks in ${5 * 4096} bytes are not served`,
      );
      expect(finding?.cure).toBe(`mv ${path} ${path}.unread`);
      expect(unreadStores(node(), stores(), "0.22.0")).toEqual([]);
      expect(unreadStores(node(), stores(), undefined)).toEqual([]);
    },
  );

  test("is left for the node to delete if it is marked as fully copied", () => {
    writeFileSync(join(database(3), "RETIRED"), "");
    expect(unreadStores(node(), stores(), "0.23.1")).toEqual([]);
  });

  test("is reported if its mark is not a file", () => {
    mkdirSync(join(database(3), "RETIRED"));
    expect(unreadStores(node(), stores(), "0.23.1")).toHaveLength(1);
  });

  test("without chunks only takes up space", () => {
    database(0);
    expect(unreadStores(node(), stores(), "0.23.1")).toMatchObject([{ severity: "warning" }]);
  });

  test("can be the files, for versions that know only the database", () => {
    database(3);
    chunk("00", 12);
    const [finding] = unreadStores(node(), stores(), "0.18.1");
    expect(finding?.sentence).toContain("chunks: 1 chunks in 12 bytes are not served");
  });
});

describe("the versions that a node may move to", () => {
  const may = (...versions: readonly string[]) =>
    versions.filter((version) => whyNotBecome(node(), version) === undefined);
  const ALL = ["0.14.2", "0.18.1", "0.19.0", "0.22.0", "0.23.1"];

  test("are unrestricted for a node without chunks", () => expect(may(...ALL)).toEqual(ALL));

  test("must move chunks that are only in the database", () => {
    const path = database(3);
    expect(may(...ALL)).toEqual(["0.14.2", "0.18.1", "0.19.0", "0.22.0"]);
    expect(whyNotBecome(node(), "0.23.1")).toContain(`${path} holds 3 chunks`);
    expect(whyNotBecome(node(), "0.23.1")).toContain("0.19.0 to 0.22.x must come between");
  });

  test("are not restricted by a moved or empty database", () => {
    const path = database(3);
    writeFileSync(join(path, "RETIRED"), "");
    expect(may("0.23.1")).toEqual(["0.23.1"]);
    rmSync(path, { recursive: true });
    database(0);
    expect(may("0.23.1")).toEqual(["0.23.1"]);
  });

  test("are restricted by a database that was renamed but not marked as copied", () => {
    renameSync(database(3), join(root, "chunks.mdb.retired.2"));
    expect(may("0.23.1")).toEqual([]);
  });

  test("are restricted by a database that cannot be read", () => {
    writeFileSync(join(database(3), "data.mdb"), "torn");
    expect(may("0.23.1")).toEqual([]);
    expect(whyNotBecome(node(), "0.23.1")).toContain("an unknown number of chunks");
  });

  test("must be able to read chunks in files", () => {
    chunk("00");
    expect(may(...ALL)).toEqual(["0.19.0", "0.22.0", "0.23.1"]);
    expect(whyNotBecome(node(), "0.18.1")).toContain("use ant-node 0.19.0 or newer");
  });
});
