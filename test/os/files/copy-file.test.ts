import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyFile } from "../../../src/os/files/copy-file.ts";

const folder = mkdtempSync(join(tmpdir(), "wnm-copy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const from = join(folder, "from");
writeFileSync(from, Buffer.alloc(3_000_001, "abc"), { mode: 0o750 });
const SOURCE = join(import.meta.dir, "../../../src/os/files/copy-file.ts");

/** Copies in a process whose system calls fail as specified; returns "" on success, otherwise the error. */
function copyWhere(to: string, ...faults: readonly string[]): string {
  const program = `import { copyFile } from ${JSON.stringify(SOURCE)}; try { copyFile(${JSON.stringify(from)}, ${JSON.stringify(to)}); } catch (error) { console.log(error.code); }`;
  const inject = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
  const { stdout, exitCode, stderr } = Bun.spawnSync([
    ...["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=copy_file_range,sendfile,ioctl,splice"],
    ...inject,
    process.execPath,
    ...["-e", program],
  ]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
}

test.each([
  "EIO",
  "EINVAL",
  "EOPNOTSUPP",
  "EXDEV",
  "ENOSYS",
  "EPERM",
  "ETXTBSY",
  "EBADF",
  "EOVERFLOW",
  "ENOSPC",
  "EROFS",
])("a copy is complete if every fast way ends with %s", (error) => {
  const to = join(folder, error);
  const ways = ["copy_file_range", "sendfile", "ioctl", "splice"];
  expect(copyWhere(to, ...ways.map((way) => `${way}:error=${error}`))).toBe("");
  expect(readFileSync(to).equals(readFileSync(from))).toBe(true);
  expect(statSync(to).mode & 0o777).toBe(0o750);
});

test("a copy is complete if the fast way stops early and reports success", () => {
  const to = join(folder, "early");
  expect(copyWhere(to, "copy_file_range:retval=0", "sendfile:retval=0", "ioctl:error=EOPNOTSUPP")).toBe("");
  expect(readFileSync(to).equals(readFileSync(from))).toBe(true);
});

test("an existing target is kept, and a missing source leaves nothing", () => {
  const there = join(folder, "there");
  writeFileSync(there, "mine");
  expect(() => copyFile(from, there)).toThrow("EEXIST");
  expect(readFileSync(there, "utf8")).toBe("mine");
  expect(() => copyFile(join(folder, "absent"), join(folder, "to"))).toThrow("ENOENT");
  expect(existsSync(join(folder, "to"))).toBe(false);
});

test("a failed copy leaves nothing", () => {
  expect(() => copyFile(folder, join(folder, "half"))).toThrow("EISDIR");
  expect(existsSync(join(folder, "half"))).toBe(false);
});
