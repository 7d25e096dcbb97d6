import { expect, test } from "bun:test";
import { isNamedAfterNode, isNodeProgram, rootDirIn, softwareRunBy } from "../../src/software/recognise.ts";

test("a node program is recognised by its file name, versioned or not, and any other file by its arguments", () => {
  expect(softwareRunBy("/x/ant-node-0.14.2", [])).toBe("ant-node");
  expect(softwareRunBy("/x/antnode", [])).toBe("antnode");
  expect(softwareRunBy("/x/renamed", ["--root-dir=/n", "evm-arbitrum-one"])).toBe("antnode");
  expect(softwareRunBy("/x/renamed", ["--root-dir=/n"])).toBeUndefined();
  expect(softwareRunBy("/x/my-antnode", [])).toBeUndefined();
});

test("a running program is a node's only under the program's exact name", () => {
  expect(["/x/antnode", "/x/ant-node"].map(isNodeProgram)).toEqual([true, true]);
  expect(["/x/antnode-old", "/x/antnodes", "antctl"].map(isNodeProgram)).toEqual([false, false, false]);
  expect(["antnode0001.service", "ant-node.service", "cron.service"].map(isNamedAfterNode)).toEqual([
    true,
    true,
    false,
  ]);
});

test("the node's folder is read in both spellings, without a trailing slash", () => {
  expect(rootDirIn(["antnode", "--root-dir", "/srv/antnode0001/"])).toBe("/srv/antnode0001");
  expect(rootDirIn(["antnode", "--root-dir=/srv/a=b"])).toBe("/srv/a=b");
  expect(rootDirIn(["antnode", "--root-dir", "/"])).toBe("/");
  expect(rootDirIn(["antnode", "--root-directory", "/srv"])).toBeUndefined();
  expect(rootDirIn(["antnode", "--root-dir"])).toBeUndefined();
});
