import type { Counters } from "../model/host.ts";

/** The names below /sys/class/net/NAME; undefined where sysfs does not show the interface. */
export type InterfaceFiles = (name: string) => readonly string[] | undefined;

type Interface = { readonly name: string; readonly received: number; readonly sent: number };

/** Names that the kernel, udev and container managers give to cards, also where sysfs is hidden. A dot makes a VLAN. */
const CARD = /^(eth|en|em\d|p\d+p\d|wl|ww|ib|usb|venet)[^.@]*$/;
/**
 * Interfaces that are no hardware: loopback (of Windows too, which WSL shows as loopback0), bridges, their ports, bonds, VLANs, tunnels and those of container
 * managers.
 */
const NO_CARD =
  /^(lo$|loopback\d|veth|br([-_\d]|lan|wan|int|ex|$)|docker|virbr|vmbr|vnet|v[be]-|vmnet|vbox|lxd|lxc|fwbr|fwpr|fwln|tap|bond|team|vlan|vxlan|genev|macv|ipv|dummy|ifb|nlmon|cni|cali|cilium|flannel|kube|podman|ovs|sit|gre|erspan|ip_vti|ip6|tunl|teql)|[.@]/;
/** Carry all traffic of a network namespace that has no card, as a VPN container or, with slirp4netns, a rootless one. */
const TUNNEL = /^(tun|tap|wg|ppp|utun|tailscale|zt)/;

/** What the cards have carried, each byte once, from the text of /proc/net/dev. Pure but for `filesOf`. */
export function netTraffic(
  text: string | undefined,
  filesOf: InterfaceFiles,
): Pick<Counters, "net_read_bytes" | "net_write_bytes"> {
  const interfaces = (text ?? "").split("\n").flatMap(interfaceIn);
  if (interfaces.length === 0) return { net_read_bytes: undefined, net_write_bytes: undefined };
  const counted = carriers(interfaces, filesOf);
  return {
    net_read_bytes: counted.reduce((sum, { received }) => sum + received, 0),
    net_write_bytes: counted.reduce((sum, { sent }) => sum + sent, 0),
  };
}

/** proc(5): "eth0:" and eight numbers of what was received, the first of them bytes, then of what was sent. */
function interfaceIn(line: string): readonly Interface[] {
  const [, name, numbers] = /^\s*(\S+):\s*(\d[\d\s]*)$/.exec(line) ?? [];
  const fields = numbers?.trim().split(/\s+/).map(Number) ?? [];
  const [received, sent] = [fields[0], fields[8]];
  return name === undefined || received === undefined || sent === undefined ? [] : [{ name, received, sent }];
}

/**
 * The cards: those with a device, and the end of a container's veth, which has none but the name of a card. Without any,
 * what else is no part of another interface; without that, tunnels.
 */
function carriers(interfaces: readonly Interface[], filesOf: InterfaceFiles): readonly Interface[] {
  // By name first: a host of containers has hundreds of veths, and each look at sysfs costs system calls.
  const named = interfaces.filter(({ name }) => !NO_CARD.test(name));
  const bare = named
    .map((one) => ({ ...one, files: filesOf(one.name) }))
    .filter(({ files }) => !isStacked(files));
  const cards = bare.filter(({ name, files }) => CARD.test(name) || files?.includes("device"));
  if (cards.length > 0) return cards;
  const plain = bare.filter(({ name, files }) => !TUNNEL.test(name) && files?.includes("tun_flags") !== true);
  if (plain.length > 0) return plain;
  return bare.length > 0 ? bare : interfaces.filter(({ name }) => TUNNEL.test(name));
}

/** These lie on other interfaces, as do the ports of a switch chip and Hyper-V's synthetic card, which have devices. */
const isStacked = (files: readonly string[] | undefined): boolean =>
  files?.some((file) => file.startsWith("lower_") || file === "bridge" || file === "bonding") === true;
