import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { netTraffic } from "../../src/host/net-traffic.ts";

const DEBIAN = readFileSync(join(import.meta.dir, "../fixtures/proc/debian/net-dev"), "utf8");
const HIDDEN = () => undefined;

/** /proc/net/dev of these interfaces, each of which has received 10, 20, 40 ... bytes and sent one more. */
const table = (...names: readonly string[]): string => {
  const row = (name: string, i: number): string =>
    `${name.padStart(8)}: ${10 * 2 ** i} 1 0 0 0 0 0 0 ${10 * 2 ** i + 1} 1 0 0 0 0 0 0`;
  return `Inter-| Receive | Transmit\n face |bytes packets |bytes\n${names.map(row).join("\n")}\n`;
};
const sysfs = (files: Readonly<Record<string, readonly string[]>>) => (name: string) => files[name];
const read = (text: string, files = sysfs({})) => netTraffic(text, files).net_read_bytes;

test("a machine with one card counts the card's traffic, without loopback", () => {
  expect(netTraffic(DEBIAN, HIDDEN)).toEqual({ net_read_bytes: 1594130654, net_write_bytes: 2580603 });
});

test("every card counts once", () => {
  expect(netTraffic(table("eth0", "eth1", "wlan0"), HIDDEN)).toEqual({
    net_read_bytes: 70,
    net_write_bytes: 73,
  });
});

test.each([
  ["Proxmox", ["enp3s0", "vmbr0", "tap100i0", "fwbr100i0", "fwpr100p0", "fwln100i0", "veth101i0"]],
  ["Docker", ["eth0", "docker0", "br-12ab34cd56ef", "veth12ab34c"]],
  ["LXD and libvirt", ["eth0", "lxdbr0", "lxcbr0", "virbr0", "vnet3"]],
  ["VLANs", ["eth0", "eth0.7", "eth0.7.9", "vlan7"]],
  ["tunnels", ["eth0", "wg0", "tun0", "ppp0", "tailscale0", "sit0", "gre0", "ip6tnl0", "vxlan1"]],
  ["names of the BIOS, and nspawn", ["em1", "ve-web", "vb-web", "docker0"]],
  ["WSL that mirrors the network of Windows", ["eth0", "loopback0"]],
  ["a router", ["eth0", "br0", "br-lan", "ifb0", "dummy0", "teql0"]],
])("%s: only the card counts, even where sysfs is hidden", (_, names) => {
  expect(read(table("lo", ...names))).toBe(20);
});

test("a bond counts as its cards", () => {
  expect(read(table("eth0", "eth1", "bond0"))).toBe(30);
});

test("sysfs shows which interfaces are on top of others, whatever their names", () => {
  const files = sysfs({
    uplink: ["device", "mtu"],
    eno7: ["bridge", "lower_uplink"],
    lan1: ["device", "lower_uplink"],
    ethernet: ["mtu", "lower_uplink"],
    other: ["mtu"],
  });
  expect(read(table("uplink", "eno7", "lan1", "ethernet", "other"), files)).toBe(10);
});

test("a container may have only the end of a veth, a name of its own, or a tunnel", () => {
  expect(read(table("lo", "eth0"), sysfs({ eth0: ["mtu"] }))).toBe(20);
  expect(read(table("lo", "net0", "wg0"))).toBe(20);
  expect(read(table("lo", "wg0"))).toBe(20);
  // A tunnel of any name runs on top of the other interfaces.
  expect(read(table("lo", "net0", "home"), sysfs({ net0: ["mtu"], home: ["mtu", "tun_flags"] }))).toBe(20);
  // slirp4netns of rootless Podman, and Docker in a container without a card.
  expect(read(table("lo", "tap0"), sysfs({ tap0: ["mtu", "tun_flags"] }))).toBe(20);
  expect(read(table("lo", "docker0", "veth12ab34c"))).toBe(0);
});

test("without a card nothing was carried, and an empty or unreadable table is unknown", () => {
  expect(read(table("lo"))).toBe(0);
  for (const text of [undefined, "", "Inter-|\n face |\n", "eth0: \n", "eth0: -5 0 0 0 0 0 0 0 7\n"])
    expect(netTraffic(text, HIDDEN)).toEqual({ net_read_bytes: undefined, net_write_bytes: undefined });
});
