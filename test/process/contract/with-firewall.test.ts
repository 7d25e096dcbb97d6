import { expect, test } from "bun:test";
import { WnmError } from "../../../src/base/errors.ts";
import type { Firewall, Opening } from "../../../src/firewall/firewall.ts";
import type { Launch, ProcessManager } from "../../../src/process/contract/manager.ts";
import { withFirewall } from "../../../src/process/contract/with-firewall.ts";
import { aNode } from "../../support/builders.ts";

const LAUNCH: Launch = { program: "/bin/true", args: [], env: {} };

/** A manager and a firewall that record their calls in order. */
function recorded(
  changes: Partial<ProcessManager> = {},
  guard: Partial<Firewall> = {},
): { manager: ProcessManager; told: string[] } {
  const told: string[] = [];
  const note = (what: string) => async () => {
    told.push(what);
    return undefined;
  };
  const listed = (what: string) => async (openings: readonly Opening[]) => {
    told.push(`${what} ${openings.map(({ port, comment }) => `${port} ${comment}`).join(", ")}`);
  };
  const firewall: Firewall = { open: listed("open"), close: listed("close"), ...guard };
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
  return { manager: withFirewall(manager, firewall, (line) => void told.push(line)), told };
}

test("a stop closes the port before it stops the node, so that the next run stops a node that a kill in between left", async () => {
  const { manager, told } = recorded();
  await manager.stop(aNode(1));
  expect(told).toEqual(["close 55001 antnode0001, 30001 antnode0001", "stop"]);
});

test("a firewall that cannot be changed is reported, and the node is still stopped", async () => {
  const close = async () => {
    throw new WnmError("ufw is broken");
  };
  const { manager, told } = recorded({}, { close });
  await expect(manager.stop(aNode(1))).rejects.toThrow("ufw is broken");
  expect(told).toEqual(["stop"]);
});

test("a restart never closes the port, whether or not the manager has its own restart", async () => {
  const plain = recorded();
  await plain.manager.restart?.(aNode(1), LAUNCH);
  expect(plain.told).toEqual(["open 55001 antnode0001", "stop", "start"]);
  const own = recorded({ restart: async () => undefined });
  await own.manager.restart?.(aNode(1), LAUNCH);
  expect(own.told).toEqual(["open 55001 antnode0001"]);
});

const BROWSERS: Launch = { ...LAUNCH, webrtc_port: 30_001 };
const withBrowsers = aNode(1, { webrtc_port: 30_001 });

test("the port for browsers is opened with the node's own and closed with it", async () => {
  const { manager, told } = recorded();
  await manager.start(withBrowsers, BROWSERS);
  await manager.stop(withBrowsers);
  expect(told).toEqual([
    "open 55001 antnode0001, 30001 antnode0001",
    "start",
    "close 55001 antnode0001, 30001 antnode0001",
    "stop",
  ]);
});

test("a node that no longer has a port for browsers gets it closed at its next start", async () => {
  const { manager, told } = recorded();
  await manager.start(withBrowsers, LAUNCH);
  expect(told).toEqual(["close 30001 antnode0001", "open 55001 antnode0001", "start"]);
});

test("a node starts without the port for browsers if sudo does not allow opening it, and the log says so", async () => {
  const open = async (openings: readonly Opening[]) => {
    if (openings.some(({ port }) => port === 30_001)) throw new WnmError("sudo: a password is required");
  };
  const { manager, told } = recorded({}, { open });
  await manager.start(withBrowsers, BROWSERS);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain("port 30001: sudo: a password is required; print the sudo rules again");
  expect(told[1]).toBe("start");
});
