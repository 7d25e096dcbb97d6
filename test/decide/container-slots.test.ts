import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { nextIds } from "../../src/decide/choose.ts";
import { highestId, newBlockOf, placesFor } from "../../src/decide/container-slots.ts";
import { blockOf, type Container } from "../../src/model/container.ts";
import type { NodeId } from "../../src/model/node.ts";
import { aConfig, aHost, aNode, aSnapshot } from "../support/builders.ts";

const aContainer = (
  id: number,
  first: number,
  last: number,
  storage = aHost.paths.node_storage,
): Container => ({
  id,
  name: `a${id}`,
  engine_id: `a${id}`,
  image: "x",
  status: "RUNNING",
  created_at: 0,
  port_range_start: 55_000 + first,
  port_range_end: 55_000 + last,
  metrics_port_range_start: 13_000 + first,
  metrics_port_range_end: 13_000 + last,
  storage,
});
type Colony = {
  readonly most: number;
  readonly fewest: number;
  readonly nodes?: readonly number[];
  readonly containers?: readonly Container[];
  readonly taken?: readonly number[];
  readonly port_start?: number;
};
const housing = ({ most, fewest, nodes = [], containers = [], taken = [], port_start = 55 }: Colony) => ({
  config: aConfig({ max_node_per_container: most, min_container_count: fewest, port_start }),
  nodes: nodes.map((id) => aNode(id)),
  containers,
  taken: new Set(taken as readonly NodeId[]),
});
const places = (colony: Colony, wanted: number): readonly number[] => placesFor(housing(colony), wanted);

describe("slots of new nodes in shared containers", () => {
  test("one container is filled before the next is begun", () => {
    expect(places({ most: 3, fewest: 1 }, 5)).toEqual([1, 2, 3, 4, 5]);
    const containers = [aContainer(1, 1, 200)];
    expect(places({ most: 200, fewest: 1, containers, nodes: [1] }, 2)).toEqual([2, 3]);
  });

  test("min_container_count spreads nodes: each goes to the container with the fewest", () => {
    expect(places({ most: 20, fewest: 3 }, 7)).toEqual([1, 21, 41, 2, 22, 42, 3]);
  });

  test("an existing container with room is preferred to a new one, the emptiest first", () => {
    const containers = [aContainer(1, 1, 20), aContainer(2, 21, 40)];
    expect(places({ most: 20, fewest: 1, containers, nodes: [1, 2, 21] }, 3)).toEqual([22, 3, 23]);
  });

  test("a lower max_node_per_container keeps existing nodes and adds none beyond it", () => {
    const containers = [aContainer(1, 1, 200)];
    expect(places({ most: 2, fewest: 1, containers, nodes: [1, 2, 3] }, 3)).toEqual([201, 202, 203]);
  });

  test("a higher max_node_per_container does not widen the ports of an existing container", () => {
    const containers = [aContainer(1, 1, 2)];
    expect(places({ most: 10, fewest: 1, containers, nodes: [1, 2] }, 2)).toEqual([11, 12]);
  });

  test("numbers in use are skipped, and so is a new block that contains one", () => {
    const containers = [aContainer(1, 1, 5)];
    expect(places({ most: 5, fewest: 1, containers, taken: [2, 8] }, 6)).toEqual([1, 3, 4, 5, 11, 12]);
  });

  test("a container on another storage gets no new node, and its numbers stay reserved", () => {
    const containers = [aContainer(1, 1, 5, "/elsewhere")];
    expect(places({ most: 5, fewest: 1, containers, nodes: [1] }, 1)).toEqual([6]);
  });

  test("slots are limited by the ports that are left", () => {
    expect(highestId(aConfig())).toBe(10_535);
    expect(highestId(aConfig({ port_start: 65 }))).toBe(535);
    expect(places({ most: 500, fewest: 1, port_start: 65 }, 1_000)).toHaveLength(500);
  });

  test("managers without shared containers number nodes as before", () => {
    const s = aSnapshot({ nodes: [aNode(1), aNode(3)], rest: { containers: [aContainer(1, 1, 1)] } });
    expect(nextIds(s, 2)).toEqual([2, 4] as NodeId[]);
    expect(nextIds({ ...s, placing: "one each" }, 2)).toEqual([2, 4] as NodeId[]);
  });

  test("numbers are new, unique and unused, and each belongs to one container with room", () => {
    const colony = fc.record({
      most: fc.integer({ min: 1, max: 30 }),
      fewest: fc.integer({ min: 1, max: 5 }),
      nodes: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }),
      taken: fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { maxLength: 10 }),
      sizes: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(colony, fc.integer({ min: 1, max: 60 }), ({ sizes, ...rest }, wanted) => {
        const before = (i: number) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
        const containers = sizes.map((size, i) => aContainer(i + 1, before(i) + 1, before(i) + size));
        const end = before(sizes.length);
        const ids = places({ ...rest, containers }, wanted);
        expect(ids).toHaveLength(wanted);
        expect(new Set([...ids, ...rest.nodes, ...rest.taken]).size).toBe(
          new Set([...rest.nodes, ...rest.taken]).size + ids.length,
        );
        const blocks = [
          ...containers.map((container) => blockOf(container, 55)),
          ...ids.filter((id) => id > end).map((id) => newBlockOf(id as NodeId, rest.most)),
        ];
        for (const id of ids) {
          const homes = new Set(
            blocks
              .filter(({ first, last }) => first <= id && id <= last)
              .map(({ first, last }) => `${first}-${last}`),
          );
          expect(homes.size).toBe(1);
        }
        for (const { first, last } of blocks) {
          const inside = [...rest.nodes, ...ids].filter((id) => first <= id && id <= last).length;
          const settled = rest.nodes.filter((id) => first <= id && id <= last).length;
          if (inside > settled) expect(inside).toBeLessThanOrEqual(rest.most);
        }
      }),
    );
  });
});
