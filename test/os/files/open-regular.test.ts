import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { readNamedFile } from "../../../src/os/files/named-file.ts";
import { bytesOf, endOf, MOST_BYTES, textOf } from "../../../src/os/files/open-regular.ts";

setDefaultTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), "wnm-read-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const put = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};
const sized = (name: string, bytes: number): string => {
  put(name, "");
  truncateSync(at(name), bytes);
  return at(name);
};
const pipe = async (name: string): Promise<string> => {
  await $`mkfifo ${at(name)}`;
  return at(name);
};

test("a file is read completely up to the limit of its kind, and not at all beyond it", () => {
  expect(textOf(put("text", "a = 1\n"), "settings")).toBe("a = 1\n");
  expect(textOf(put("empty", ""), "settings")).toBe("");
  expect(bytesOf(sized("most", MOST_BYTES.settings), "settings")).toHaveLength(MOST_BYTES.settings);
  expect(() => bytesOf(sized("more", MOST_BYTES.settings + 1), "settings")).toThrow("more than 1 MiB");
  expect(textOf(at("more"), "settings")).toBeUndefined();
  expect(textOf("/proc/self/mountinfo", "system")).toContain(" / ");
  // Of unknown size, and longer than what is read at once.
  expect(textOf("/proc/self/smaps", "system")?.length).toBeGreaterThan(40_000);
});

test("anything but a regular file is not read, and delays nothing", async () => {
  mkdirSync(at("folder"));
  symlinkSync("/dev/zero", at("zero"));
  symlinkSync(at("nothing"), at("broken"));
  for (const path of [await pipe("pipe"), at("folder"), at("zero"), at("broken"), "/dev/null", at("none")]) {
    expect(textOf(path, "settings")).toBeUndefined();
    expect(endOf(path, 100)).toBeUndefined();
    expect(() => bytesOf(path, "settings")).toThrow(`The file ${path} cannot be read: `);
  }
});

test("the error for a folder, a pipe or a socket says what to do", async () => {
  mkdirSync(at("a-folder"));
  using _listener = Bun.listen({ unix: at("a-socket"), socket: { data() {} } });
  for (const path of [at("a-folder"), await pipe("a-pipe"), at("a-socket")])
    expect(() => bytesOf(path, "settings")).toThrow("put a regular file in its place");
});

test("the end of a long file is read without the rest", () => {
  const path = sized("log", 5_000_000_000);
  writeFileSync(path, "last words", { flag: "a" });
  expect(endOf(path, 10)).toBe("last words");
});

const SHORT = { silent_ms: 300, total_ms: 1_000 } as const;
/** Longer than a busy machine takes to start a writer. */
const LONG = { silent_ms: 30_000, total_ms: 50_000 } as const;

test("a file that the operator names may be a pipe that ends, or empty", async () => {
  const path = await pipe("named");
  const text = "x = 1\n".repeat(50_000);
  const script = 'exec >"$0"; sleep 0.1; printf "$1"; sleep 0.1; exec cat "$2"';
  const writer = Bun.spawn(["sh", "-c", script, path, "y = 2\n", put("rest", text)], { stdin: "ignore" });
  expect((await readNamedFile(path, "settings", LONG)).toString()).toBe(`y = 2\n${text}`);
  await writer.exited;
  expect(await readNamedFile("/dev/null", "settings", SHORT)).toHaveLength(0);
  expect((await readNamedFile(put("plain", "z"), "settings", SHORT)).toString()).toBe("z");
});

test("a pipe that is silent, never written to, endless or slow is given up, and a device is not opened", async () => {
  const reading = (path: string, limits: Parameters<typeof readNamedFile>[2] = SHORT) =>
    readNamedFile(path, "settings", limits);
  const fed = async (name: string, script: string) => {
    const path = await pipe(name);
    const writer = Bun.spawn(["sh", "-c", `exec >"$0"; ${script}`, path], { stdin: "ignore" });
    return { path, [Symbol.dispose]: () => writer.kill("SIGKILL") };
  };
  await expect(reading(await pipe("lonely"))).rejects.toThrow("nothing was written to the pipe for 0.3 s");
  using silent = await fed("silent", "exec sleep 600");
  await expect(reading(silent.path)).rejects.toThrow("nothing was written to the pipe for 0.3 s");
  using endless = await fed("endless", "exec yes");
  await expect(reading(endless.path, LONG)).rejects.toThrow("more than 1 MiB");
  using slow = await fed("slow", "while :; do echo x; sleep 0.05; done");
  await expect(reading(slow.path, { ...LONG, total_ms: 1_000 })).rejects.toThrow(
    "the pipe did not end within 1 s",
  );
  for (const path of ["/dev/zero", "/dev/full", at("zero")])
    await expect(reading(path)).rejects.toThrow(
      `The file ${path} cannot be read: it is a folder, a socket or a device`,
    );
  await expect(reading(at("none"))).rejects.toThrow("ENOENT");
});
