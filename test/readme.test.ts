import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withSettings } from "../scripts/readme.ts";
import { EXIT } from "../src/errors.ts";
import { optionOf } from "../src/settings/sources.ts";

const ROOT = join(import.meta.dir, "..");
const readme = await Bun.file(join(ROOT, "README.md")).text();

test("the table of settings is the one that the program's table gives (bun scripts/readme.ts)", () => {
  expect(readme).toBe(withSettings(readme));
});

test("every option that is named exists", () => {
  // Of try.sh, antctl, install.sh and Bun.
  const other = new Set(["keep", "debug", "file", "uninstall", "no_orphans"]);
  const named = new Set(
    [...readme.matchAll(/(?<![\w-])--([a-z][a-z0-9_-]+)/g)].map((match) =>
      (match[1] ?? "").replaceAll("-", "_"),
    ),
  );
  expect([...named].filter((name) => optionOf(name) === undefined && !other.has(name))).toEqual([]);
});

test("every file that is named exists", () => {
  const named = new Set(
    [...readme.matchAll(/`((?:src|test|scripts)\/[\w./-]+)`/g)].map((match) => match[1] ?? ""),
  );
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("every exit code is in the table", () => {
  for (const code of Object.values(EXIT)) expect(readme).toContain(`| ${code} | `);
});
