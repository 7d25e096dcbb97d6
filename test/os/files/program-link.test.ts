import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Files, ownFiles, plainFiles, sharedProgramFiles } from "../../../src/os/files/node-files.ts";
import { nodePath } from "../../../src/os/files/node-path.ts";
import { NOTHING_KNOWN, programMemory } from "../../../src/software/program-memory.ts";

const home = mkdtempSync(join(tmpdir(), "wnm-links-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The nodes' account, which owns nothing. */
const NODE = { uid: 1, gid: 1, readers: undefined };
const given = join(home, "operators");
const folderOf = (id: number) => join(home, `antnode000${id}`);
const programOf = (id: number) => join(folderOf(id), "ant-node");
const placeOf = (id: number) => nodePath(folderOf(id), "ant-node");
const TWINS = [1, 2, 3].map(placeOf);
const files = (id: number) => statSync(programOf(id)).ino;
const install = (by: Files, id: number) => by.installProgram(given, placeOf(id), TWINS);

const SHARING = {
  "of root for the nodes' account": ownFiles(() => NODE, "shared"),
  "of one account": sharedProgramFiles,
};

beforeEach(() => {
  for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true });
  writeFileSync(given, "program 1", { mode: 0o755 });
  for (const id of [1, 2, 3]) {
    mkdirSync(folderOf(id));
    chownSync(folderOf(id), NODE.uid, NODE.gid);
  }
});

describe.each(Object.entries(SHARING))("programs %s", (_, by) => {
  test("with the same content are one file, which nodes cannot write and which is not the operator's file", async () => {
    for (const id of [1, 2, 3]) await install(by, id);
    expect(new Set([1, 2, 3].map(files)).size).toBe(1);
    const { nlink, uid, mode } = statSync(programOf(1));
    expect([nlink, uid, mode & 0o7777]).toEqual([3, 0, 0o755]);
    expect(statSync(given).nlink).toBe(1);
    expect(readdirSync(folderOf(2))).toEqual(["ant-node"]);
  });

  test("are replaced one by one, and the new one is shared again", async () => {
    for (const id of [1, 2, 3]) await install(by, id);
    writeFileSync(given, "program 2");
    await install(by, 1);
    expect([1, 2, 3].map((id) => readFileSync(programOf(id), "utf8"))).toEqual([
      "program 2",
      "program 1",
      "program 1",
    ]);
    await install(by, 3);
    expect([files(3) === files(1), files(2) === files(1)]).toEqual([true, false]);
    await install(by, 3);
    expect([readdirSync(folderOf(3)), statSync(programOf(3)).nlink]).toEqual([["ant-node"], 2]);
  });

  test("are copied if their file has a name elsewhere, is writable by others or belongs to others", async () => {
    await install(by, 1);
    linkSync(programOf(1), join(home, "elsewhere"));
    await install(by, 2);
    expect(files(2)).not.toBe(files(1));
    for (const spoil of [
      () => chmodSync(programOf(2), 0o775),
      () => chownSync(programOf(2), NODE.uid, NODE.gid),
    ]) {
      await by.installProgram(given, placeOf(2), []);
      spoil();
      await install(by, 3);
      expect(files(3)).not.toBe(files(2));
      rmSync(programOf(3));
    }
    expect(readFileSync(programOf(2), "utf8")).toBe("program 1");
  });

  test("are not used if a node swapped one for a file of the same size or a link", async () => {
    await install(by, 1);
    rmSync(programOf(1));
    writeFileSync(programOf(1), "program X", { mode: 0o755 });
    await install(by, 2);
    rmSync(programOf(1));
    symlinkSync(given, programOf(1));
    rmSync(programOf(2));
    await install(by, 3);
    expect(readFileSync(programOf(3), "utf8")).toBe("program 1");
    expect([statSync(programOf(3)).nlink, statSync(given).nlink]).toEqual([1, 1]);
    expect(readdirSync(folderOf(3))).toEqual(["ant-node"]);
  });

  test("are shared even if a killed run left a second name in a folder", async () => {
    await install(by, 1);
    linkSync(programOf(1), `${programOf(1)}.new`);
    await install(by, 2);
    expect(files(2)).toBe(files(1));
  });

  test("are read once for all of their names, after one more name has changed each of them", async () => {
    for (const id of [1, 2, 3]) await install(by, id);
    const memory = programMemory(NOTHING_KNOWN);
    let reads = 0;
    const read = () => ++reads > 0;
    const contents = [1, 2, 3].map((id) => memory.contentAt(programOf(id), read)?.sha256);
    const sha256 = new Bun.CryptoHasher("sha256").update("program 1").digest("hex");
    expect([contents, reads]).toEqual([[sha256, sha256, sha256], 1]);
    appendFileSync(programOf(1), "!");
    expect(memory.contentAt(programOf(2), read)?.sha256).not.toBe(sha256);
  });
});

test("a node that replaces its own program changes no other node's", async () => {
  const by = SHARING["of root for the nodes' account"];
  for (const id of [1, 2]) await install(by, id);
  const asNode = (script: string) =>
    Bun.spawnSync(["setpriv", "--reuid=1", "--regid=1", "--clear-groups", "sh", "-c", script, "sh"], {
      cwd: "/",
    }).exitCode;
  chmodSync(home, 0o755);
  expect(asNode(`echo evil >>${programOf(1)}`)).not.toBe(0);
  expect(asNode(`chmod 0777 ${programOf(1)}`)).not.toBe(0);
  // As ant-node's self-upgrade does.
  expect(asNode(`echo evil >${folderOf(1)}/new && mv -f ${folderOf(1)}/new ${programOf(1)}`)).toBe(0);
  expect(readFileSync(programOf(2), "utf8")).toBe("program 1");
});

test("nodes that are isolated from each other and run as wnm's account share nothing", async () => {
  for (const id of [1, 2]) await install(plainFiles, id);
  expect(files(1)).not.toBe(files(2));
});

test("a storage whose nodes moved away gets a copy", async () => {
  await install(sharedProgramFiles, 1);
  renameSync(folderOf(1), join(home, "away"));
  await install(sharedProgramFiles, 2);
  expect(statSync(programOf(2)).nlink).toBe(1);
});
