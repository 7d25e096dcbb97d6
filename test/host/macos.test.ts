import { expect, test } from "bun:test";
import { hostOf } from "../../src/host/host.ts";
import * as macos from "../../src/host/macos.ts";
import { portsIn } from "../../src/host/netstat.ts";

const NETSTAT = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.13001        *.*                    LISTEN
tcp4       0      0  192.168.1.5.50123      1.2.3.4.443            ESTABLISHED
tcp46      0      0  *.8080                 *.*                    LISTEN
tcp6       0      0  ::1.631                *.*                    LISTEN
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
udp4       0      0  *.55001                *.*
udp4       0      0  *.*                    *.*
`;

test("ports of macOS are listening TCP and every bound UDP port", () => {
  expect([...portsIn(NETSTAT)].toSorted((a, b) => a - b)).toEqual([631, 8080, 13_001, 55_001]);
  expect(portsIn("").size).toBe(0);
});

/** systeminformation also measures Linux, so the readings can be taken here. */
test("readings of macOS are plausible numbers, or unknown", async () => {
  const counters = await macos.readCounters();
  expect(counters.uptime).toBeGreaterThan(0);
  expect(counters.cpu_total ?? 0).toBeGreaterThan(counters.cpu_idle ?? 0);
  expect(Number(counters.net_read_bytes ?? 1)).toBeGreaterThan(0);
  const used = (await macos.memory())?.used_percent ?? 50;
  expect(used).toBeGreaterThan(0);
  expect(used).toBeLessThan(100);
  expect(macos.loadAverages()).toHaveLength(3);
  expect(macos.boundPorts()).toBeInstanceOf(Set);
});

test("each platform has its own readings", async () => {
  expect((await hostOf("darwin")).readCounters).toBe(macos.readCounters);
  expect((await hostOf("linux")).readCounters).not.toBe(macos.readCounters as never);
});
