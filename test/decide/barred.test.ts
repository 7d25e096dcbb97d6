import { expect, test } from "bun:test";
import { barred, isInUse } from "../../src/decide/barred.ts";
import { decide } from "../../src/decide/decide.ts";
import type { SettingName } from "../../src/settings/machine.ts";
import { ALL_READABLE } from "../../src/settings/unreadable.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

const without = (name: SettingName) => ({ ...ALL_READABLE, settings: new Map([[name, "0x33"]]) });
const OWN = "0x1111111111111111111111111111111111111111";

test.each(["rules", "operator"] as const)(
  "%s: without rewards_address, only a node with a wallet of its own starts",
  (by) => {
    const nodes = [aNode(1, { wallet: OWN }), { ...aNode(2), wallet: undefined }];
    const why = (type: "start" | "upgrade" | "add", id: number) =>
      barred(
        { type, node: nodes[id - 1]?.id ?? nodes[0]?.id },
        without("rewards_address"),
        by,
        type === "add" ? [] : nodes,
      );
    expect(why("start", 1)).toBeUndefined();
    expect(why("upgrade", 1)).toBeUndefined();
    expect(why("start", 2)).toContain("only nodes with a wallet of their own are started");
    expect(why("add", 1)).toContain("no node is added");
  },
);

test("a crashed node with a wallet of its own is restarted", () => {
  const crashed = aStoppedNode(1, { wallet: OWN, wanted: "running", status_since: NOW - 9_000 });
  const s = aSnapshot({ nodes: [crashed], rest: { unreadable: without("rewards_address") } });
  expect(decide(s)).toMatchObject([{ type: "start", node: 1 }]);
});

test("donate_address is in use only where rewards_address names donate or cannot be read", () => {
  const used = (rewards?: string) => isInUse("donate_address", ["setsid+user"], rewards);
  expect([OWN, "faucet", `${OWN}:9,faucet`].map(used)).toEqual([false, false, false]);
  expect(["donate", `${OWN}:9, DONATE:1`, "junk", undefined].map(used)).toEqual([true, true, true, true]);
});
