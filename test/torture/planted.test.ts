import { expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { ownDefinitions } from "../../src/os/files/definition-files.ts";
import { ownFiles } from "../../src/os/files/node-files.ts";
import { nodePath } from "../../src/os/files/node-path.ts";
import { writeTextFile } from "../../src/os/files/own-text-file.ts";
import { markStorage } from "../../src/os/files/storage-marker.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { aColony, aHome } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

/** A folder with a file to which a planted link leads. */
function aTrap() {
  const folder = mkdtempSync(join(tmpdir(), "wnm-planted-"));
  const precious = join(folder, "precious");
  mkdirSync(precious, { mode: 0o700 });
  writeFileSync(join(precious, "file"), "content", { mode: 0o600 });
  return {
    folder,
    file: join(precious, "file"),
    precious,
    untouched: () => {
      expect(readFileSync(join(precious, "file"), "utf8")).toBe("content");
      expect(readdirSync(precious)).toEqual(["file"]);
      expect([statSync(precious).mode & 0o777, statSync(precious).uid]).toEqual([0o700, 0]);
      expect(statSync(join(precious, "file")).mode & 0o777).toBe(0o600);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test("links planted under every name that root writes to are not followed", async () => {
  using trap = aTrap();
  const at = (name: string) => join(trap.folder, name);
  const placeAt = (name: string) => nodePath(trap.folder, name);
  const files = ownFiles(() => ({ uid: 1, gid: 1, readers: undefined }));
  const writers: Readonly<Record<string, () => unknown>> = {
    ".wnm-storage.new": () => markStorage(trap.folder, "id"),
    "a.service.new": () => ownDefinitions.write(at("a.service"), "text"),
    "init.sh.new": () => writeTextFile(at("init.sh"), "text", 0o644),
    "peers.toml.new": () => files.writeText(placeAt("peers.toml"), "text"),
    "antnode.new": () => files.installProgram("/bin/true", placeAt("antnode")),
    "secret-key.new": () => files.placePrivate(placeAt("secret-key"), Buffer.from("key")),
  };
  for (const [name, write] of Object.entries(writers)) {
    symlinkSync(trap.file, at(name));
    await write();
    trap.untouched();
    const result = at(name.replace(".new", ""));
    expect([name, lstatSync(result).isFile()]).toEqual([name, true]);
  }
  symlinkSync(trap.precious, at("antnode0001"));
  await expect(files.makeFolder(at("antnode0001"), "one node's")).rejects.toThrow(
    "a link or a file has its name",
  );
  rmSync(at("secret-key"));
  symlinkSync(trap.file, at("secret-key"));
  await expect(files.readPrivate(placeAt("secret-key"))).rejects.toThrow("a link has its name");
  trap.untouched();
});

test("links planted before init, a run and an upgrade are not followed", async () => {
  using trap = aTrap();
  await using wnm = await aHome();
  mkdirSync(join(wnm.base, "node"), { recursive: true });
  mkdirSync(join(wnm.base, "programs"));
  for (const name of [
    "colony.db.new",
    "colony.db-wal",
    "node/.wnm-storage.new",
    ".wnm-ballast",
    "programs/antnode-0.4.17.new",
  ])
    symlinkSync(trap.file, join(wnm.base, name));
  await wnm.init("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  expect(readlinkSync(join(wnm.base, ".wnm-ballast"))).toBe(trap.file);
  const fresh = await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  await wnm.ok(["--force_action", "upgrade", "--service_name=1", "--antnode_path", fresh]);
  trap.untouched();
  expect(disagreements(wnm)).toEqual([]);
});

test("pipes that a node put where wnm reads and writes block no run", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  const logs = join(wnm.base, "logs/antnode0001");
  rmSync(join(logs, "output.log"), { force: true });
  await $`mkfifo ${logs}/output.log ${logs}/critical_failure.log ${wnm.base}/node/.wnm-storage.pipe`.quiet();
  await wnm.ok(["--force_action", "restart", "--service_name=1"]);
  await wnm.kill(1);
  ageSample(wnm);
  expect((await wnm.ok([])).stderr).toContain("start antnode0001");
  await $`mv ${wnm.base}/node/.wnm-storage.pipe ${wnm.base}/node/.wnm-storage`.quiet();
  const { code, stderr } = await wnm.run([]);
  expect({ code, stderr }).toEqual({
    code: 5,
    stderr: expect.stringContaining("is there and cannot be read"),
  });
});

test("a disk that is mounted in a node's folder is not emptied with the folder", async () => {
  using trap = aTrap();
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  const inside = join(wnm.base, "node/antnode0001/a disk");
  mkdirSync(inside);
  await $`mount --bind ${trap.precious} ${inside}`.quiet();
  try {
    const { code, stderr } = await wnm.run(["--force_action", "remove", "--service_name=1"]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("is a mounted disk") });
    trap.untouched();
  } finally {
    await $`umount ${inside}`.quiet();
  }
  await wnm.ok(["--force_action", "remove", "--service_name=1"]);
  expect(existsSync(join(wnm.base, "node/antnode0001"))).toBe(false);
  trap.untouched();
});

test("other accounts cannot read what they do not need", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  await wnm.ok(["--export_keys", join(wnm.home, "keys")]);
  const open = readdirSync(wnm.base).filter((name) => {
    const { mode } = lstatSync(join(wnm.base, name));
    return lstatSync(join(wnm.base, name)).isFile() && (mode & 0o077) !== 0;
  });
  expect(open).toEqual([]);
  expect(statSync(wnm.base).mode & 0o777).toBe(0o700);
  expect(statSync(join(wnm.home, "keys")).mode & 0o777).toBe(0o600);
});
