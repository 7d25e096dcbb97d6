import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { optionOf } from "../../src/settings/options.ts";
import {
  COMMANDS,
  commandsIn,
  commandsInTopic,
  fileOf,
  READMES,
  readmeText,
  shownCommands,
  shownOutput,
} from "./commands.ts";

const ROOT = join(import.meta.dir, "../..");

test("the first page fits on two screens", async () => {
  expect((await readmeText("README.md")).trimEnd().split("\n").length).toBeLessThanOrEqual(130);
});

describe.each(READMES)("%s", (path) => {
  const text = readmeText(path);
  const matches = async (pattern: RegExp): Promise<ReadonlySet<string>> =>
    new Set([...(await text).matchAll(pattern)].map((match) => match[1] ?? ""));

  test("names only options that exist", async () => {
    // Options of try.sh, install.sh, curl and sha256sum.
    const others = new Set(
      "keep timer uninstall remote_name_all ignore_missing scenario seeds days rules svg constant trace ant_node_key antnode_information".split(
        " ",
      ),
    );
    const named = [...(await matches(/(?<![\w-])--([a-z][a-z0-9_-]+)/g))].map((name) =>
      name.replaceAll("-", "_"),
    );
    expect(named.filter((name) => optionOf(name) === undefined && !others.has(name))).toEqual([]);
  });

  test("names only files that exist", async () => {
    const named = await matches(/`((?:src|test|scripts)\/[\w./-]+)`/g);
    expect([...named].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    const linked = await matches(/\]\((?!https:)([^)#]+)\)/g);
    expect(named.size + linked.size).toBeGreaterThan(3);
    expect([...linked].filter((file) => !existsSync(join(ROOT, dirname(path), file)))).toEqual([]);
  });
});

test("src/README.md has a row for every room", async () => {
  const text = await readmeText("src/README.md");
  const rooms = new Bun.Glob("*/").scanSync({ cwd: join(ROOT, "src"), onlyFiles: false });
  for (const room of rooms) expect(text).toContain(`\`src/${room.replace(/\/$/, "")}\``);
});

describe("every command shown", () => {
  test("is run by a test, and no test runs a command that is not shown (test/readme/commands.ts)", async () => {
    expect((await shownCommands()).toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
  });

  test.each(Object.keys(COMMANDS))("is run by the test for its place: %s", async (command) => {
    const source = await Bun.file(fileOf(command)).text();
    const run = [...source.matchAll(/documented\(\s*(["'])((?:(?!\1).)+)\1/g)].map((match) => match[2]);
    expect(run).toContain(command);
  });

  test("is found in blocks, lists and text, with or without a comment, but not in output", () => {
    const text =
      "a\n```sh\nwnm --x    # why\n```\n```text\nno command\n```\n- b\n\n  ```\n  sudo y\n  ```\nrun `make\n all` or `wnm`, not `--z 1` or `src`\n";
    expect(commandsIn(text)).toEqual(["wnm --x", "sudo y", "make all", "wnm"]);
  });

  test("is found in a help topic if it has its own line", () => {
    expect(commandsInTopic("  a row  of a table\nSee:\n    wnm --x\n      deeper\n")).toEqual(["wnm --x"]);
  });
});

test("output is found below the name of its command, and missing output is an error", async () => {
  expect((await shownOutput("wnm --dry_run"))[0]).toBe("Dry run: nothing is changed.");
  expect(shownOutput("wnm --version")).rejects.toThrow("README.md shows no output of wnm --version");
});
