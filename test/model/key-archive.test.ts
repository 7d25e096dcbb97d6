import { expect, test } from "bun:test";
import { readArchive, writeArchive } from "../../src/model/key-archive.ts";
import type { NodeId } from "../../src/model/node.ts";

const node = {
  id: 1 as NodeId,
  software: "antnode",
  peer_id: "12D3KooWFirst",
  key: Buffer.from("a key of 32 bytes, more or less.").toString("base64"),
} as const;
const other = { ...node, id: 2 as NodeId, software: "ant-node", peer_id: undefined } as const;

test("an archive reads back unchanged", () => {
  const archive = { host: "a mark", nodes: [node, other] };
  expect(readArchive(writeArchive(archive))).toEqual(archive);
  expect(readArchive(writeArchive({ host: "a mark", nodes: [] }))).toEqual({ host: "a mark", nodes: [] });
});

test("a peer id that is not text is left out", () => {
  const text = JSON.stringify({ format: "wnm-keys-1", host: "a mark", nodes: [{ ...node, peer_id: 7 }] });
  expect(readArchive(text)?.nodes).toEqual([{ ...node, peer_id: undefined }]);
});

const archive = (changes: object): string =>
  JSON.stringify({ format: "wnm-keys-1", host: "a mark", nodes: [node], ...changes });
const withNode = (changes: object): string => archive({ nodes: [other, { ...node, ...changes }] });

test.each([
  ["is no JSON", "wnm-keys-1"],
  ["is no object", "[]"],
  ["is null", "null"],
  ["has another format", archive({ format: "wnm-keys-2" })],
  ["names no machine", archive({ host: undefined })],
  ["has no list of nodes", archive({ nodes: {} })],
  ["has a node that is null", archive({ nodes: [null] })],
  ["has a node without a number", withNode({ id: undefined })],
  ["has a node with the number 0", withNode({ id: 0 })],
  ["has a node with half a number", withNode({ id: 1.5 })],
  ["has a number as text", withNode({ id: "1" })],
  ["has a number twice", withNode({ id: 2 })],
  ["has a node of unknown software", withNode({ software: "safenode" })],
  ["has an empty key", withNode({ key: "" })],
  ["has a key that is cut off", withNode({ key: node.key.slice(0, -2) })],
  ["has a key that is not base64", withNode({ key: "not a key!!!" })],
])("nothing is read from an archive that %s", (_, text) => {
  expect(readArchive(text)).toBeUndefined();
});
