import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeletionRefused, failureOf, WnmError } from "../../../src/base/errors.ts";
import { idsOf } from "../../../src/os/account.ts";
import { commandRunner } from "../../../src/os/command.ts";
import { accountFiles, type NamedOwner } from "../../../src/os/files/account-files.ts";
import { plainFiles } from "../../../src/os/files/node-files.ts";
import { nodePath } from "../../../src/os/files/node-path.ts";
import { isNodesOwn } from "../../../src/software/own-names.ts";

const home = mkdtempSync(join(tmpdir(), "wnm-files-"));
chmodSync(home, 0o755);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** An account other than the test's, which is root: commands act in its folder with its rights. */
const owner = { user: "daemon", ...idsOf("daemon"), readers: undefined } as NamedOwner;
const asNode = ["setpriv", `--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];

const KINDS = {
  "with its own rights": plainFiles,
  "through commands": accountFiles(commandRunner(home), { asRoot: [], asNode }, () => owner),
};

describe.each(Object.entries(KINDS))("files %s", (name, files) => {
  const folder = join(home, name);
  mkdirSync(folder);
  if (name === "through commands") chownSync(folder, owner.uid, owner.gid);

  test("a text is written completely, readable by everyone, and left alone if it is unchanged", async () => {
    const [path, place] = [join(folder, "a.toml"), nodePath(folder, "a.toml")];
    await files.writeText(place, "x = 1\n");
    expect(readFileSync(path, "utf8")).toBe("x = 1\n");
    expect(statSync(path).mode & 0o777).toBe(0o644);
    const { ino } = statSync(path);
    await files.writeText(place, "x = 1\n");
    expect(statSync(path).ino).toBe(ino);
    await files.writeText(place, "x = 2\n");
    expect(readFileSync(path, "utf8")).toBe("x = 2\n");
  });

  test("a key with any bytes reads back unchanged, and only its owner can read it", async () => {
    const [path, place] = [join(folder, "secret-key"), nodePath(folder, "secret-key")];
    const key = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
    expect(await files.readPrivate(place)).toBeUndefined();
    expect(await files.placePrivate(place, key)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await files.readPrivate(place))?.toHex()).toBe(key.toHex());
  });

  test("an existing key is never overwritten", async () => {
    const [path, place] = [join(folder, "kept"), nodePath(folder, "kept")];
    writeFileSync(path, "mine");
    expect(await files.placePrivate(place, new Uint8Array([1]))).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(readdirSync(folder).filter((entry) => entry.endsWith(".new"))).toEqual([]);
  });

  test("a key loses a second name that a kill left, but not another file of that name, which may be the only copy of a key", async () => {
    const node = join(folder, "antnode0007");
    mkdirSync(node);
    const [key, second, place] = [join(node, "key"), join(node, "key.new"), nodePath(node, "key")];
    const put = (path: string, text: string) => {
      writeFileSync(path, text, { mode: 0o644 });
      if (name === "through commands") chownSync(path, owner.uid, owner.gid);
    };
    if (name === "through commands") chownSync(node, owner.uid, owner.gid);
    put(second, "the only copy");
    await files.closePrivate(place);
    expect(readFileSync(second, "utf8")).toBe("the only copy");
    put(key, "mine");
    await files.closePrivate(place);
    expect([readFileSync(second, "utf8"), statSync(key).mode & 0o777]).toEqual(["the only copy", 0o600]);
    rmSync(second);
    linkSync(key, second);
    await files.closePrivate(place);
    expect([readdirSync(node), readFileSync(key, "utf8")]).toEqual([["key"], "mine"]);
  });

  test("an undeletable folder is refused while it is complete, and merely fails once part of it is gone", async () => {
    const node = join(folder, "antnode0009");
    mkdirSync(join(node, "data"), { recursive: true });
    for (const file of ["key", "data/record"]) writeFileSync(join(node, file), "x");
    const names = readdirSync(node, { recursive: true }).toSorted();
    Bun.spawnSync(["chattr", "-R", "+i", node]);
    try {
      expect(await failureOf(() => files.removeFolder(node, folder))).toBeInstanceOf(DeletionRefused);
      expect(readdirSync(node, { recursive: true }).toSorted()).toEqual(names);
      Bun.spawnSync(["chattr", "-i", node, join(node, "key")]);
      const failure = await failureOf(() => files.removeFolder(node, folder));
      expect(failure).toBeInstanceOf(WnmError);
      // Whichever was deleted first.
      expect(failure instanceof DeletionRefused).toBe(existsSync(join(node, "key")));
    } finally {
      Bun.spawnSync(["chattr", "-R", "-i", node]);
    }
    await files.removeFolder(node, folder);
    expect(existsSync(node)).toBe(false);
  });

  test("a folder with another name is deleted only if everything in it is a node's", async () => {
    const node = join(folder, "node-3");
    mkdirSync(join(node, "chunks"), { recursive: true });
    mkdirSync(join(node, "antnode0003"));
    writeFileSync(join(node, "ant-node"), "x");
    await expect(files.removeFolder(node, folder)).rejects.toThrow("its name is not that of a node");
    await expect(files.removeFolder(node, folder, isNodesOwn)).rejects.toThrow("it holds antnode0003");
    rmSync(join(node, "antnode0003"), { recursive: true });
    await files.removeFolder(node, folder, isNodesOwn);
    expect(existsSync(node)).toBe(false);
  });

  test("what a kill left beside a node's folder is removed with the folder", async () => {
    const node = join(folder, "antnode0008");
    mkdirSync(node);
    writeFileSync(join(folder, ".antnode0008.new"), "half a program");
    await files.removeFolder(node, folder);
    expect(readdirSync(folder).filter((entry) => entry.includes("antnode0008"))).toEqual([]);
  });
});
