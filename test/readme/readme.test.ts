import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withSettings } from "../../scripts/readme.ts";
import { EXIT } from "../../src/errors.ts";
import { optionOf } from "../../src/settings/sources.ts";
import { COMMANDS, commandsIn, fileOf, readmeText } from "./commands.ts";

const ROOT = join(import.meta.dir, "../..");
const readme = await Bun.file(join(ROOT, "README.md")).text();

test("the table of settings is the one that the program's table gives (bun scripts/readme.ts)", () => {
  expect(readme).toBe(withSettings(readme));
});

test("every option that is named exists", () => {
  // Of try.sh, antctl, install.sh, systemctl, curl, sha256sum and Bun.
  const other = new Set("keep debug uninstall user remote_name_all ignore_missing no_orphans".split(" "));
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

describe("every command that is shown", () => {
  const shown = readmeText().then(commandsIn);

  test("is one that a test runs, and no test runs one that is not shown (test/readme/commands.ts)", async () => {
    expect((await shown).toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
  });

  test.each(Object.keys(COMMANDS))("is run by the test of its place: %s", async (command) => {
    const source = await Bun.file(fileOf(command)).text();
    const run = [...source.matchAll(/documented\(\s*(["'])((?:(?!\1).)+)\1/g)].map((match) => match[2]);
    expect(run).toContain(command);
  });

  test("is found in blocks, in lists and in the text, with or without a comment", () => {
    const text =
      "a\n```sh\nwnm --x    # why\n```\n- b\n\n  ```\n  sudo y\n  ```\nrun `make\n all` or `wnm`, not `--z 1` or `src`\n";
    expect(commandsIn(text)).toEqual(["wnm --x", "sudo y", "make all", "wnm"]);
  });
});
