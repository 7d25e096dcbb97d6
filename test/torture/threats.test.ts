import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** Rows of the document: the statement, and the test that proves it. */
async function sentences() {
  const text = await Bun.file(join(import.meta.dir, "README.md")).text();
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| (it can|-)/.test(line));
  return rows.map((row) => {
    const [, sentence = "", shown = ""] = row.split("|").map((cell) => cell.trim());
    const [, file, title] = /^`(test\/[\w./-]+\.test\.ts)`: (.+)$/.exec(shown) ?? [];
    return { sentence, file, title };
  });
}

test("each sentence on what a hostile node, account or answer can do has an existing test", async () => {
  const all = await sentences();
  expect(all.length).toBeGreaterThan(10);
  const without: string[] = [];
  for (const { sentence, file, title } of all) {
    const source = file === undefined ? "" : await Bun.file(join(ROOT, file)).text();
    if (title === undefined || !source.includes(title)) without.push(sentence);
  }
  expect(without).toEqual([]);
});
