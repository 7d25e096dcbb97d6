import { describe, expect, test } from "bun:test";
import { fromArguments } from "../../src/settings/arguments.ts";
import { settingOf } from "../../src/settings/machine.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { fromAssignments, fromEnvironment } from "../../src/settings/sources.ts";
import { foldersForNew } from "../../src/settings/storage-folders.ts";
import { aConfig, aHost } from "../support/builders.ts";

const read = (...argv: readonly string[]) => {
  const { resolved, issues } = resolve(fromArguments(argv).given, undefined, aHost, false);
  return issues.length > 0 ? issues.map(({ message }) => message).join() : resolved.config.node_storage;
};

describe("node_storage", () => {
  test.each([
    [["--node_storage=/a"], ["/a"]],
    [
      ["--node_storage", "/a,/b/c/"],
      ["/a", "/b/c"],
    ],
    [["--node_storage=/a, ~/b"], ["/a", "~/b"]],
    [
      ["--node_storage=/a", "--node_storage", "/b"],
      ["/a", "/b"],
    ],
    [
      ["--node_storage=/a,/b", "--node_storage=/a"],
      ["/a", "/b"],
    ],
    [["--node_storage=/a,b: c"], ["/a,b: c"]],
    [["--node_storage=/a\\,/b"], ["/a,/b"]],
    [["--node_storage=/a\\,/b,/c\\,,~/d\\,~/e"], ["/a,/b", "/c\\,", "~/d,~/e"]],
  ])("%p is read as %p", (argv, folders) => {
    expect(read(...argv) as readonly string[]).toEqual(folders);
  });

  test.each(["/a,", "a,/b", "/a,/b/../c", ""])("%p is refused, or taken as a single name", (text) => {
    if (text === "/a,") expect(read(`--node_storage=${text}`)).toEqual(["/a,"]);
    else expect(read(`--node_storage=${text}`)).toContain("Invalid path");
  });

  test("reads the same from the environment and from a file, and its text reads back", () => {
    const folders = ["/mnt/a", "/mnt/b"];
    const given = [
      fromEnvironment({ NODE_STORAGE: "/mnt/a,/mnt/b" }).given,
      fromAssignments("node_storage=/mnt/a,/mnt/b\n", "a file").given,
    ];
    for (const one of given)
      expect(resolve(one, undefined, aHost, false).resolved.config.node_storage as readonly string[]).toEqual(
        folders,
      );
    expect(settingOf("node_storage").show(folders)).toBe("/mnt/a,/mnt/b");
    const commas = ["/mnt/a,/b", "/c"];
    const shown = settingOf("node_storage").show(commas);
    expect(shown).toBe("/mnt/a\\,/b,/c");
    expect(read(`--node_storage=${shown}`) as readonly string[]).toEqual(commas);
  });

  test("is not changed by the same list, but by another order", () => {
    const stored = aConfig({ node_storage: ["/a", "/b"] });
    const changes = (text: string) =>
      resolve(fromArguments([`--node_storage=${text}`]).given, stored, aHost, false).resolved.changes;
    expect(changes("/a/, /b")).toEqual({});
    expect(changes("/b,/a")).toEqual({ node_storage: ["/b", "/a"] });
  });

  test.each(["antctl+zen", "s6overlay+user"])("accepts one folder under %s, and says why", (kind) => {
    expect(read("--node_storage=/a,/b", `--process_manager=${kind}`)).toContain(`${kind} takes one`);
    const config = aConfig({ node_storage: ["/a", "/b"], process_manager: kind as "antctl+zen" });
    expect(foldersForNew(config)).toEqual(["/a"]);
  });
});
