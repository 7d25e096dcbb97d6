import { expect, test } from "bun:test";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import type { Observation } from "../../src/model/observation.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

const process = { pid: 4000, pid_started: 5, boot_id: "a boot" } as const;
const told = { connected_peers: 12, uptime: 500, mem: 900, records: 7, rewards: 9n } as const;
const node = aNode(1, { status: "RUNNING", wanted: "running", ...process, ...told });
const FORGOTTEN = { connected_peers: undefined, uptime: undefined, mem: undefined, records: 7, rewards: 9n };

test("a node that is ended or restarted keeps no readings of its former process", () => {
  for (const become of ["starting", "upgrading", "rollingBack", "stopped", "heldBack"] as const)
    expect(BECOMES[become](node, NOW)).toMatchObject(FORGOTTEN);
});

test("a starting or disabled node has no readings while it does not answer", () => {
  const silent: Observation = {
    process: { state: "running", process },
    reading: { answered: false, because: "timeout" },
    folder: undefined,
    ended_because: undefined,
    shown_on: 13_001,
  };
  for (const status of ["RESTARTING", "DISABLED"] as const)
    expect(settle({ ...node, status, status_since: NOW }, silent, aConfig(), NOW)).toMatchObject({
      status,
      ...FORGOTTEN,
    });
});
