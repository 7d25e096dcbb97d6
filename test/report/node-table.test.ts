import { describe, expect, test } from "bun:test";
import type { Node } from "../../src/model/node.ts";
import type { NodeRow } from "../../src/report/node-cells.ts";
import {
  nodesAskedFor,
  nodeTableJson,
  nodeTableText,
  type TableRequest,
} from "../../src/report/node-table.ts";
import { inColours, plainPaint } from "../../src/report/paint.ts";
import { aNode, aStoppedNode, NOW } from "../support/builders.ts";

const ALL: TableRequest = { statuses: undefined, sort: undefined, columns: undefined };
const AS_OF = { now: NOW, surveyed_at: NOW };

const counted = (node: Node, deaths = 0, restarts = deaths): NodeRow => ({ ...node, deaths, restarts });

const NODES: readonly NodeRow[] = [
  counted(
    aNode(1, {
      records: 41_203,
      connected_peers: 34,
      rewards: 123_456_789_012_345_678n,
      status_since: NOW - 400_000,
    }),
  ),
  counted(aNode(2, { silent_since: NOW - 240, problem: "it does not answer", connected_peers: 5 }), 1, 2),
  counted(aStoppedNode(3, { problem: "硬盘写入错误 ".repeat(20), records: 7, rewards: 1n }), 12),
];

const table = (nodes: readonly NodeRow[], columns: number, asked: TableRequest = ALL) =>
  nodeTableText(nodes, AS_OF, asked, { columns, paint: plainPaint }).trimEnd().split("\n");

describe("the table of nodes", () => {
  test("has the usual columns in 80, and a line on all", () => {
    const [head, first, ...rest] = table(NODES, 80);
    expect(head?.split(/ +/)).toEqual("NODE STATUS SINCE PEERS RECORDS EARNED RESTARTS NOTE".split(" "));
    expect(first?.split(/ {2,}/)).toEqual(["antnode0001", "RUNNING", "4 d", "34", "41 203", "0.1234", "0"]);
    expect(rest.at(-1)).toBe("3 nodes: 1 up, 1 silent, 1 stopped · 41 210 records · 0.1235 ANT");
  });

  test.each([40, 60, 80, 120, 200, 300])("fits %d columns, in any script", (columns) => {
    for (const line of table(NODES, columns)) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
  });

  test("shows more columns in more width, and fewer in less", () => {
    expect(table(NODES.slice(0, 1), 200)[0]).toContain("PEER_ID");
    const narrow = table(NODES, 50)[0] ?? "";
    for (const name of ["NODE", "STATUS", "NOTE"]) expect(narrow).toContain(name);
    expect(narrow).not.toContain("RESTARTS");
  });

  test("shows how long a node has been silent, and no earlier peers", () => {
    const line = table(NODES, 120).find((one) => one.startsWith("antnode0002"));
    expect(line).toMatch(/^antnode0002 {2}RUNNING +1 d +- +- +- +2 .*silent 4 min; it does not answer$/);
  });

  test("shows only the requested statuses, in the requested order", () => {
    const ids = (changes: Partial<TableRequest>) =>
      nodesAskedFor(NODES, { ...ALL, ...changes }).map(({ id }) => Number(id));
    expect(ids({ statuses: ["STOPPED"] })).toEqual([3]);
    expect(ids({ sort: "records" })).toEqual([3, 1, 2]);
    expect(ids({ sort: "-records" })).toEqual([1, 3, 2]);
    expect(ids({ sort: "-earned" })).toEqual([1, 3, 2]);
    expect(ids({ sort: "-node" })).toEqual([3, 2, 1]);
    expect(ids({ sort: "-deaths" })).toEqual([3, 2, 1]);
    expect(table(NODES, 80, { ...ALL, statuses: ["DEAD"] })).toEqual(["No node has this status."]);
  });

  test("shows the requested columns, as text and as JSON", () => {
    const asked: TableRequest = { ...ALL, columns: ["node", "earned"] };
    expect(table(NODES, Number.POSITIVE_INFINITY, asked).slice(0, 2)).toEqual([
      "NODE          EARNED",
      "antnode0001   0.1234",
    ]);
    expect(nodeTableJson(NODES.slice(0, 1), asked)).toEqual([
      { node: "antnode0001", earned: "123456789012345678" },
    ]);
  });

  test("lets text from a node neither move the cursor nor change a colour", () => {
    const node = counted(aNode(1, { problem: "a\u001b[2Jb\nc" }));
    const text = nodeTableText([node], AS_OF, ALL, { columns: 200, paint: inColours });
    expect(text).not.toContain("\u001b[2J");
    expect(text).toContain("\\u001b[2Jb c");
  });
});
