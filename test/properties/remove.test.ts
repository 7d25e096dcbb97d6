import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { DeletionRefused, failureOf, WnmError } from "../../src/base/errors.ts";
import { plainFiles } from "../../src/os/files/node-files.ts";
import { deleteNodeFiles } from "../../src/process/contract/node-files.ts";
import { aNode } from "../support/builders.ts";
import { folderState } from "../support/folder-state.ts";

/** Folders of various owners around a storage with one node. */
function aPlace() {
  const home = mkdtempSync(join(tmpdir(), "wnm-remove-"));
  for (const name of [
    "storage/antnode0001",
    "logs/antnode0001",
    "precious/antnode0009",
    "storage.old/antnode0002",
    "storage/keys",
  ]) {
    mkdirSync(join(home, name), { recursive: true });
    writeFileSync(join(home, name, "file"), name);
  }
  symlinkSync(join(home, "precious"), join(home, "storage/antnode0005"));
  symlinkSync(join(home, "precious/antnode0009"), join(home, "storage/antnode0006"));
  return home;
}

const parts = fc.constantFrom(
  "storage",
  "logs",
  "precious",
  "antnode0001",
  "antnode0005",
  "antnode0006",
  "antnode0009",
  "..",
  ".",
  "",
  "keys",
  "storage.old",
  "antnode0002",
  "/",
  "~",
  "*",
  "$HOME",
  "\u0000",
);
const paths = fc.array(parts, { maxLength: 5 });

test("whatever folders a row names, only the node's own folders are deleted", async () => {
  const home = aPlace();
  await fc.assert(
    fc.asyncProperty(paths, fc.option(paths), fc.boolean(), async (root, log, absolute) => {
      const inside = (words: readonly string[]) => `${absolute ? home : ""}/${words.join("/")}`;
      const root_dir = inside(root);
      const node = aNode(1, { root_dir, log_dir: log === null ? undefined : inside(log) });
      const before = folderState(home, /^(storage|logs)\/antnode0001|^storage$|^logs$/);
      try {
        await deleteNodeFiles(plainFiles, node, {
          storages: [join(home, "storage")],
          logs: join(home, "logs"),
        });
      } catch (error) {
        expect(error).toBeInstanceOf(WnmError);
      }
      expect(folderState(home, /^(storage|logs)\/antnode0001|^storage$|^logs$/)).toEqual(before);
      expect(existsSync(join(home, "precious/antnode0009/file"))).toBe(true);
    }),
    { numRuns: 2000 },
  );
  rmSync(home, { recursive: true });
});

test("the node's own folders are deleted", async () => {
  const home = aPlace();
  const node = aNode(1, {
    root_dir: join(home, "storage/antnode0001"),
    log_dir: join(home, "logs/antnode0001"),
  });
  await deleteNodeFiles(plainFiles, node, { storages: [join(home, "storage")], logs: join(home, "logs") });
  expect(existsSync(node.root_dir)).toBe(false);
  expect(existsSync(node.log_dir ?? "")).toBe(false);
  rmSync(home, { recursive: true });
});

test("a node whose folder cannot be deleted keeps its logs", async () => {
  const home = aPlace();
  const root_dir = join(home, "storage/antnode0001");
  const node = aNode(1, { root_dir, log_dir: join(home, "logs/antnode0001") });
  const before = folderState(home, /^$/);
  Bun.spawnSync(["chattr", "-R", "+i", root_dir]);
  const allowed = { storages: [join(home, "storage")], logs: join(home, "logs") };
  const failure = await failureOf(() => deleteNodeFiles(plainFiles, node, allowed));
  Bun.spawnSync(["chattr", "-R", "-i", root_dir]);
  expect(failure).toBeInstanceOf(DeletionRefused);
  expect(folderState(home, /^$/)).toEqual(before);
  rmSync(home, { recursive: true });
});
