import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FolderOwner, folderLook } from "../../src/observe/node-folder.ts";

const storage = mkdtempSync(join(tmpdir(), "wnm-node-folder-"));
const root_dir = join(storage, "antnode0001");
afterAll(() => rmSync(storage, { recursive: true, force: true }));
beforeEach(() => rmSync(root_dir, { recursive: true, force: true }));

const NEW: FolderOwner = {
  root_dir,
  software: "antnode",
  own_disk: undefined,
  has_key: false,
  peer_id: undefined,
};
const look = (changes: Partial<FolderOwner> = {}) => folderLook()({ ...NEW, ...changes });
const withKey = () => writeFileSync(join(root_dir, "secret-key"), "key");

test("a missing folder is gone only if the node had it in its storage, and only while the storage exists", () => {
  expect(look()).toEqual({ is: "gone" });
  expect(look({ has_key: true, own_disk: false })).toEqual({ is: "gone" });
  expect(look({ has_key: true, own_disk: true })).toMatchObject({ is: "unknown" });
  expect(look({ root_dir: join(storage, "not-mounted/antnode0001") })).toMatchObject({ is: "unknown" });
});

test("a folder with its key is the node's, and a folder still without one belongs to a new node", () => {
  mkdirSync(root_dir);
  expect(look()).toEqual({ is: "there", own_disk: false, has_key: false });
  withKey();
  expect(look({ has_key: true, own_disk: false })).toEqual({ is: "there", own_disk: false, has_key: true });
});

test("a folder that lacks the node's former key is not the node's: an unmounted disk leaves such a folder", () => {
  mkdirSync(root_dir);
  for (const had of [{ has_key: true }, { peer_id: "12D3KooWMDqtXsSEbuWZ5wdrr3Ai6rUWJta6yBgutJaJXusSujuu" }])
    expect(look(had)).toMatchObject({
      is: "unknown",
      because: expect.stringContaining("no longer holds secret-key"),
    });
  writeFileSync(join(root_dir, "node_identity.key"), "of the other generation");
  expect(look({ has_key: true })).toMatchObject({ is: "unknown" });
});

test("an older copy under the mount point of an unmounted disk is not the node's folder", () => {
  mkdirSync(root_dir);
  withKey();
  expect(look({ has_key: true, own_disk: true })).toMatchObject({
    is: "unknown",
    because: expect.stringContaining("was a disk of its own"),
  });
});

test("a link is not the node's folder, wherever it leads, but the folder moved to its place is", () => {
  const other = mkdtempSync(join(tmpdir(), "wnm-node-other-"));
  writeFileSync(join(other, "secret-key"), "key");
  const had = { has_key: true, own_disk: false } as const;
  symlinkSync(other, root_dir);
  for (const node of [{}, had, { ...had, own_disk: undefined }])
    expect(look(node)).toMatchObject({ is: "unknown", because: expect.stringContaining("is a link") });
  rmSync(root_dir);
  renameSync(other, root_dir);
  expect(look(had)).toEqual({ is: "there", own_disk: false, has_key: true });
  rmSync(root_dir, { recursive: true });
  symlinkSync(other, root_dir);
  expect(look()).toMatchObject({ is: "unknown", because: expect.stringContaining("is a link") });
});

test("anything that is not a folder, or cannot be inspected, is unknown", () => {
  writeFileSync(root_dir, "");
  expect(look()).toMatchObject({ is: "unknown" });
  const loop = join(storage, "loop");
  symlinkSync(loop, loop);
  expect(look({ root_dir: join(loop, "antnode0001") })).toMatchObject({
    is: "unknown",
    because: expect.stringContaining("ELOOP"),
  });
});
