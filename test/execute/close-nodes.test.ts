import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WnmError } from "../../src/base/errors.ts";
import { closeNodes } from "../../src/execute/close-nodes.ts";
import type { Node } from "../../src/model/node.ts";
import { ownAccess } from "../../src/process/setsid/access.ts";
import { setsid } from "../../src/process/setsid/manager.ts";
import { aNode, NOW } from "../support/builders.ts";
import { aGrace } from "../support/grace.ts";

const home = mkdtempSync(join(tmpdir(), "wnm-close-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const manager = setsid(ownAccess({ user: "nobody", home }, Bun.sleep, aGrace()));
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

/** A node as an earlier version left it: everybody may read all of it. */
function anOpenNode(id: number) {
  const label = `antnode${String(id).padStart(4, "0")}`;
  const [root_dir, log_dir] = [join(home, "node", label), join(home, "logs", label)];
  for (const folder of [root_dir, log_dir]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
  }
  const key = join(root_dir, "secret-key");
  writeFileSync(key, "key", { mode: 0o644 });
  return { node: aNode(id, { root_dir, log_dir }), key };
}

test("the next run closes open folders and keys, and removes the second name of a key that a killed import left", async () => {
  const { node, key } = anOpenNode(1);
  linkSync(key, `${key}.new`);
  expect((await closeNodes([node], () => manager, NOW)).findings).toEqual([]);
  expect([node.root_dir, node.log_dir ?? "", key].map(modeOf)).toEqual(["700", "700", "600"]);
  expect(lstatSync(key).nlink).toBe(1);
  expect(lstatSync(`${key}.new`, { throwIfNoEntry: false })).toBeUndefined();
});

test("missing folders are not created, and a link in place of a key is not followed", async () => {
  const { node, key } = anOpenNode(2);
  const stranger = join(home, "stranger");
  writeFileSync(stranger, "x", { mode: 0o644 });
  rmSync(key);
  symlinkSync(stranger, key);
  expect(
    (await closeNodes([node, aNode(3, { root_dir: join(home, "none") })], () => manager, NOW)).findings,
  ).toEqual([]);
  expect(modeOf(stranger)).toBe("644");
  expect(lstatSync(join(home, "none"), { throwIfNoEntry: false })).toBeUndefined();
});

test("a log folder that the node shares stays as it is", async () => {
  const { node } = anOpenNode(4);
  const log_dir = join(home, "logs");
  chmodSync(log_dir, 0o755);
  await closeNodes([{ ...node, log_dir }], () => manager, NOW);
  expect(modeOf(log_dir)).toBe("755");
});

test("each run checks a few of many nodes, and every node gets its turn", async () => {
  const looked: number[] = [];
  const nodes = Array.from({ length: 47 }, (_, i) => aNode(i + 1));
  const counting = () => ({ ...manager, close: async (node: { id: number }) => void looked.push(node.id) });
  await closeNodes(nodes, counting, NOW);
  expect(looked).toHaveLength(10);
  for (let minute = 1; minute < 47; minute++) await closeNodes(nodes, counting, NOW + 60 * minute);
  expect(new Set(looked).size).toBe(47);
});

test("a folder that can be neither closed nor inspected is a finding, and the other nodes are still closed", async () => {
  const loop = join(home, "loop");
  symlinkSync(loop, loop);
  const { node, key } = anOpenNode(5);
  const lost = aNode(6, { root_dir: join(loop, "antnode0006") });
  const refused = {
    ...manager,
    close: async (one: Node, key_file: string) => {
      if (one.id === lost.id) throw new WnmError("sudo refused it");
      await manager.close?.(one, key_file);
    },
  };
  const { findings } = await closeNodes([lost, node], () => refused, NOW);
  expect(findings).toMatchObject([{ key: "node-stands-open", node: 6 }]);
  expect(modeOf(key)).toBe("600");
});
