import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KeyPair, readKeyPair } from "../../scripts/minisign.ts";
import { verifiedComment } from "../../src/releases/minisign.ts";

setDefaultTimeout(300_000);

const DATA = new TextEncoder().encode("one line\nanother\n");
let folder: string;
let pair: KeyPair;

async function minisign(...args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const child = Bun.spawn(["minisign", ...args], {
    cwd: folder,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const [stdout, code] = await Promise.all([child.stdout.text(), child.exited]);
  return { code, stdout };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wnm-minisign-"));
  expect((await minisign("-G", "-W", "-p", "key.pub", "-s", "key")).code).toBe(0);
  pair = readKeyPair(await Bun.file(join(folder, "key")).text());
  await Bun.write(join(folder, "data"), DATA);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether minisign accepts this as the signature of the data. */
async function accepts(signature: string): Promise<boolean> {
  await Bun.write(join(folder, "data.minisig"), signature);
  return (await minisign("-V", "-H", "-m", "data", "-p", "key.pub")).code === 0;
}

test("the public key is the one that minisign wrote", async () => {
  expect((await Bun.file(join(folder, "key.pub")).text()).split("\n")[1]).toBe(pair.publicKey);
});

test("minisign accepts our signatures, with their comment", async () => {
  expect(await accepts(pair.sign(DATA, "wnm 1.2.3"))).toBe(true);
  expect((await minisign("-V", "-Q", "-m", "data", "-p", "key.pub")).stdout).toBe("wnm 1.2.3\n");
});

test("we accept minisign's signatures, with their comment", async () => {
  expect((await minisign("-S", "-s", "key", "-m", "data", "-t", "hello")).code).toBe(0);
  expect(verifiedComment(DATA, await Bun.file(join(folder, "data.minisig")).text(), pair.publicKey)).toBe(
    "hello",
  );
});

describe("we and minisign both refuse", () => {
  const other = "RWTAhe+BAMzxnRC6crLsTPdm2Bc6WW49tLKfNVbrbBMLc/C0jv9twdin";
  const lines = (): string[] => pair.sign(DATA, "wnm 1.2.3").split("\n");
  const swapped = (line: number, change: (text: string) => string): string =>
    lines()
      .map((text, i) => (i === line ? change(text) : text))
      .join("\n");
  const oneBit = (at: number) => (text: string) => {
    const bytes = Buffer.from(text, "base64");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString("base64");
  };

  test.each([
    ["another comment", () => swapped(2, () => "trusted comment: wnm 9.9.9")],
    ["no comment", () => lines().slice(0, 2).join("\n")],
    ["a changed signature", () => swapped(1, oneBit(40))],
    ["a changed signature of the comment", () => swapped(3, oneBit(40))],
    ["a changed key id", () => swapped(1, oneBit(5))],
    ["the form that is not prehashed", () => swapped(1, oneBit(1))],
    ["a cut signature", () => swapped(1, (text) => text.slice(0, 40))],
    ["nothing", () => ""],
    ["a page of HTML", () => "<html>\n<body>\n404\n</body>\n"],
  ])("%s", async (_what, signature) => {
    expect(await accepts(signature())).toBe(false);
    expect(() => verifiedComment(DATA, signature(), pair.publicKey)).toThrow("nothing was changed");
  });

  test("another key, and other data", () => {
    const signature = pair.sign(DATA, "wnm 1.2.3");
    expect(() => verifiedComment(DATA, signature, other)).toThrow("another key");
    expect(() => verifiedComment(DATA.subarray(1), signature, pair.publicKey)).toThrow("is wrong");
  });
});

test("a key with a password, and a file that is not a key, are refused with a sentence", () => {
  const withPassword = Buffer.alloc(158);
  withPassword.write("EdScB2", "latin1");
  expect(() => readKeyPair(withPassword.toString("base64"))).toThrow("has a password");
  expect(() => readKeyPair("hello")).toThrow("no minisign secret key");
});
