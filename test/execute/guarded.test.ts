import { expect, test } from "bun:test";
import { WnmError } from "../../src/errors.ts";
import { guarded } from "../../src/execute/guarded.ts";
import type { Firewall } from "../../src/firewall/firewall.ts";
import type { Launch, ProcessManager } from "../../src/process/manager.ts";
import { aNode } from "../support/builders.ts";

const LAUNCH: Launch = { program: "/bin/true", args: [], env: {} };

/** A manager and a firewall that write down what they are told, in order. */
function recorded(
  changes: Partial<ProcessManager> = {},
  guard: Partial<Firewall> = {},
): { manager: ProcessManager; told: string[] } {
  const told: string[] = [];
  const note = (what: string) => async () => {
    told.push(what);
    return undefined;
  };
  const firewall: Firewall = { open: note("open"), close: note("close"), ...guard };
  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: { user: "ant", home: "/home/ant" },
    create: note("create"),
    start: note("start"),
    stop: note("stop"),
    upgrade: note("upgrade"),
    remove: note("remove"),
    inspect: async () => new Map(),
    discover: async () => ({ found: [], left_out: [] }),
    ...changes,
  };
  return { manager: guarded(manager, firewall), told };
}

test("the port is shut before the node is stopped: a kill in between leaves a node that the next run stops", async () => {
  const { manager, told } = recorded();
  await manager.stop(aNode(1));
  expect(told).toEqual(["close", "stop"]);
});

test("a firewall that cannot be changed does not keep the node from being stopped, and is told", async () => {
  const close = async () => {
    throw new WnmError("ufw is broken");
  };
  const { manager, told } = recorded({}, { close });
  await expect(manager.stop(aNode(1))).rejects.toThrow("ufw is broken");
  expect(told).toEqual(["stop"]);
});

test("a restart never shuts the port, whether or not the manager has one of its own", async () => {
  const plain = recorded();
  await plain.manager.restart?.(aNode(1), LAUNCH);
  expect(plain.told).toEqual(["open", "stop", "start"]);
  const own = recorded({ restart: async () => undefined });
  await own.manager.restart?.(aNode(1), LAUNCH);
  expect(own.told).toEqual(["open"]);
});
