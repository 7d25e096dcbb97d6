import { expect, test } from "bun:test";
import * as v from "valibot";
import { idsNamed } from "../../src/decide/names.ts";
import type { NodeId } from "../../src/model/node.ts";
import { nodeNames } from "../../src/settings/kinds/node-names.ts";

const { text } = nodeNames({ default: [], group: "run", help: "" });
const named = (typed: string, nodes: readonly { id: number; service: string }[]): readonly number[] =>
  idsNamed(
    v.parse(text, typed),
    nodes.map(({ id, service }) => ({ id: id as NodeId, service })),
  );
/** antctl numbers its services itself: its third is our fifth. */
const COLONY = [
  { id: 3, service: "antnode2" },
  { id: 5, service: "antnode3" },
  { id: 7, service: "antnode0007.service" },
];

test("a name in antctl's spelling is antctl's service, not the node of that number", () => {
  expect(named("antnode3", COLONY)).toEqual([5]);
  expect(named("antnode2,antnode3", COLONY)).toEqual([3, 5]);
});

test("plain numbers and padded names are node ids", () => {
  expect(named("3, antnode0005, antnode0007.service", COLONY)).toEqual([3, 5, 7]);
});

test("a short name that no service has stands for the number in it", () => {
  expect(named("antnode7", COLONY)).toEqual([7]);
  expect(named("antnode9", COLONY)).toEqual([9]);
});

test("a node that is named twice is selected once", () => {
  expect(named("antnode3,5,antnode0005", COLONY)).toEqual([5]);
});
