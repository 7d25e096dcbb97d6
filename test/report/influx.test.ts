import { describe, expect, test } from "bun:test";
import { influxNtracking, influxResources } from "../../src/report/influx.ts";
import { aNode, NOW } from "../support/builders.ts";
import { colonyOf, HOSTILE, QUIET, RUNNING } from "./fixture.ts";

/** NOW in nanoseconds. */
const AT = `${NOW}000000000`;

describe("influx-resources", () => {
  test("has Python wnm's names, order and types; unknown readings are 0", () => {
    expect(influxResources(colonyOf(RUNNING, QUIET, HOSTILE))).toBe(
      [
        `nodes,id=1 PeerId="12D3KooWFirst",status="RUNNING",version="0.4.17",gets=50i,puts=60i,up_time=20i,rewards="110",records=10i,connected_peers=40i,network_size=1001i,open_connections=70i,total_peers=80i,shunned_count=30i,bad_peers=90i,mem=97.81,cpu=0.03,rel_records=100i,max_records=16384i,payment_count=120i,live_time=130i ${AT}`,
        `nodes,id=2 PeerId="",status="RUNNING",version="0.4.17",gets=0i,puts=0i,up_time=0i,rewards="0",records=0i,connected_peers=0i,network_size=2000i,open_connections=0i,total_peers=0i,shunned_count=0i,bad_peers=0i,mem=0.0,cpu=0.0,rel_records=0i,max_records=0i,payment_count=0i,live_time=0i ${AT}`,
        `nodes,id=12 PeerId="a \\"quoted\\" back\\\\slash, comma=equals",status="STOPPED",version="",gets=0i,puts=0i,up_time=0i,rewards="0",records=0i,connected_peers=0i,network_size=0i,open_connections=0i,total_peers=0i,shunned_count=0i,bad_peers=0i,mem=0.0,cpu=0.0,rel_records=0i,max_records=0i,payment_count=0i,live_time=0i ${AT}`,
        `nodes_totals rewards="110.0",nodes_running=2i,nodes_killed=1i ${AT}`,
        // The mean of 1001 and 2000, without its fraction.
        `nodes_network size=1500i ${AT}`,
        "",
      ].join("\n"),
    );
  });

  test("has 0 for the readings of a silent node, but keeps its rewards", () => {
    const silent = influxResources(colonyOf({ ...RUNNING, silent_since: NOW - 5 }));
    expect(silent).toContain('gets=0i,puts=0i,up_time=0i,rewards="110",records=0i,connected_peers=0i');
    expect(silent).toContain("nodes_network size=0i ");
  });

  test("counts stopped and dead nodes in nodes_killed, as Python wnm does", () => {
    const nodes = (["RUNNING", "STOPPED", "DEAD", "DISABLED", "REMOVING", "RESTARTING"] as const).map(
      (status, i) => aNode(i + 1, { status }),
    );
    expect(influxResources(colonyOf(...nodes))).toContain("nodes_running=1i,nodes_killed=2i");
    expect(influxNtracking(colonyOf(...nodes))).toContain("nodes_running=1i,nodes_killed=5i");
  });

  test("is a comment when there are no nodes", () => {
    expect(influxResources(colonyOf())).toBe("# No nodes found\n");
  });
});

describe("influx-ntracking", () => {
  test("has NTracking's spelling: networ_size, four digits, numbers for rewards, disk lines", () => {
    expect(influxNtracking(colonyOf(RUNNING, HOSTILE))).toBe(
      [
        `nodes,id=0001 PeerId="12D3KooWFirst",status="Running",version="0.4.17",gets=50i,puts=60i,up_time=20i,rewards=110,records=10i,connected_peers=40i,networ_size=1001i,open_connections=70i,total_peers=80i,shunned_count=140i,bad_peers=90i,mem=97.81,cpu=0.03,rel_records=100i,max_records=16384i,payment_count=120i,live_time=130i,shunned_closedgroup=30i,shunned_oldclosedgroup=150i ${AT}`,
        `nodes,id=0012 PeerId="a \\"quoted\\" back\\\\slash, comma=equals",status="Stopped",version="",rewards=0 ${AT}`,
        `nodes_totals rewards=110,nodes_running=1i,nodes_killed=1i ${AT}`,
        `nodes_totals total_disk=1000000000000i,Disk_percent=30i ${AT}`,
        `nodes_network size=1001i ${AT}`,
        "",
      ].join("\n"),
    );
    expect(influxNtracking(colonyOf())).toBe("# No nodes found\n");
  });
});

test("NTracking gets no readings of a silent node, because its dashboards cannot tell missing from zero", () => {
  const silent = influxNtracking(colonyOf({ ...RUNNING, silent_since: NOW - 5 }));
  expect(silent).toContain('version="0.4.17",rewards=110 ');
});
