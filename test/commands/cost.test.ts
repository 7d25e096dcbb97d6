import { expect, test } from "bun:test";
import { costsOfCall, costsOfLimits } from "../../src/commands/run/cost.ts";
import { costOfForced } from "../../src/commands/run/cost-of-forced.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Given, Layer } from "../../src/settings/layers.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { aNode, aSnapshot } from "../support/builders.ts";

const BEFORE = { hd_remove: 90, cpu_remove: 70, node_cap: 20 } as const;

const given = (changes: Partial<MachineConfig>, layer: Layer = "command line"): Given =>
  new Map(Object.entries(changes).map(([name, value]) => [name, { layer, text: String(value), from: "" }]));

/** Five nodes on a machine whose disk is 80 % full and whose processors are 60 % busy, after these settings. */
const aBusyMachine = (config: Partial<MachineConfig>): Snapshot =>
  aSnapshot({
    config: { ...BEFORE, ...config },
    metrics: { used_hd_percent: 80, used_cpu_percent: 60, idle_cpu_percent: 40 },
    nodes: [1, 2, 3, 4, 5].map((id) => aNode(id)),
  });

const costsOf = (changes: Partial<MachineConfig>, layer?: Layer) =>
  costsOfLimits(changes, BEFORE, given(changes, layer), aBusyMachine(changes));

test("lowering a limit below current use says how many nodes that costs, and how to undo it", () => {
  expect(costsOf({ hd_remove: 75 })).toEqual([
    {
      nodes: 5,
      sentence:
        "this removes at most 5 nodes with their data while the disk is that full: the youngest first, and what is deleted cannot be brought back. To take it back: wnm --hd_remove 90",
    },
  ]);
  expect(costsOf({ cpu_remove: 50 })).toEqual([
    {
      nodes: 5,
      passes: true,
      sentence:
        "this stops at most 5 nodes while the machine is that busy: the youngest first; the data stay. To take it back: wnm --cpu_remove 70",
    },
  ]);
});

test("changing a limit says nothing if it costs no further node, or if a file gives it", () => {
  expect(costsOf({ hd_remove: 81, cpu_remove: 61 })).toEqual([]);
  expect(costsOf({ hd_remove: 75 }, "file")).toEqual([]);
});

test("losing the data of more than three nodes needs --confirm; temporary stops do not", () => {
  const call = (changes: Partial<MachineConfig>, confirm: boolean) =>
    costsOfCall(
      { options: { given: given(changes) }, once: { confirm } } as unknown as Parameters<
        typeof costsOfCall
      >[0],
      { kind: "run", dry_run: false },
      [],
      changes,
      BEFORE,
      aBusyMachine(changes),
    );
  expect(() => call({ hd_remove: 75 }, false)).toThrow(/costs more than 3 nodes/);
  expect(call({ hd_remove: 75 }, true)).toHaveLength(1);
  expect(call({ cpu_remove: 50 }, false)).toHaveLength(1);
});

test("a move says what is copied, and how to undo it if one call can", () => {
  const nodes = [1, 2, 3, 4].map((id) => aNode(id, { root_dir: `/mnt/a b/antnode000${id}` }));
  const cost = (moved: typeof nodes) =>
    costOfForced(
      { kind: "force_action", action: "move", target: { count: 4, to: "/mnt/c" }, dry_run: false },
      moved.map(({ id }) => ({ type: "move", node: id, to: "/mnt/c", reason: "" })),
      aSnapshot({ nodes: moved }),
    );
  expect(cost(nodes)).toEqual({
    ...{ nodes: 4, passes: true },
    sentence:
      "this moves 4 nodes with their data to /mnt/c, one after another; each is down while its data are copied. To take it back: wnm --force_action move --service_name 1,2,3,4 --to '/mnt/a b'",
  });
  expect(cost([...nodes, aNode(5, { root_dir: "/mnt/d/antnode0005" })])?.sentence).toEndWith("are copied");
});
