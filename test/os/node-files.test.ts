import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountOf } from "../../src/os/account.ts";
import { commandRunner } from "../../src/os/command.ts";
import { elevatedFiles, plainFiles } from "../../src/os/files.ts";

const home = mkdtempSync(join(tmpdir(), "wnm-files-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const KINDS = {
  "with its own rights": plainFiles,
  // Without a prefix the commands that sudo would run are run by this account for itself.
  "through commands": elevatedFiles(commandRunner(home), [], accountOf(process.getuid?.() ?? 0)?.user ?? ""),
};

describe.each(Object.entries(KINDS))("files %s", (name, files) => {
  const folder = join(home, name);
  mkdirSync(folder);

  test("a text is written whole, read by everybody, and left alone when it is equal", async () => {
    const path = join(folder, "a.toml");
    await files.writeText(path, "x = 1\n");
    expect(readFileSync(path, "utf8")).toBe("x = 1\n");
    expect(statSync(path).mode & 0o777).toBe(0o644);
    const { ino } = statSync(path);
    await files.writeText(path, "x = 1\n");
    expect(statSync(path).ino).toBe(ino);
    await files.writeText(path, "x = 2\n");
    expect(readFileSync(path, "utf8")).toBe("x = 2\n");
  });

  test("a key of any bytes comes back as it was, for its owner alone", async () => {
    const path = join(folder, "secret-key");
    const key = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
    expect(await files.readPrivate(path)).toBeUndefined();
    expect(await files.placePrivate(path, key)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await files.readPrivate(path))?.toHex()).toBe(key.toHex());
  });

  test("a key that is there is never written over", async () => {
    const path = join(folder, "kept");
    writeFileSync(path, "mine");
    expect(await files.placePrivate(path, new Uint8Array([1]))).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(readdirSync(folder).filter((entry) => entry.endsWith(".new"))).toEqual([]);
  });
});
