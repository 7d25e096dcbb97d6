import { readdirSync, readlinkSync } from "node:fs";
import { kernelText } from "../files/kernel-text.ts";

/** The owner of a bound port. `pid`: undefined if this account may not see it. */
export type PortOwner = {
  readonly uid: number;
  readonly pid: number | undefined;
  readonly name: string | undefined;
};

/** The owner of each bound UDP port; undefined if the kernel does not list them. Scans every process once. */
export const udpOwners = (): ReadonlyMap<number, PortOwner> | undefined => ownersOf("udp");

/** The owner of each listening TCP port. */
export const tcpOwners = (): ReadonlyMap<number, PortOwner> | undefined => ownersOf("tcp");

/** The kernel's TCP_LISTEN. */
const LISTENS = "0A";

function ownersOf(protocol: "udp" | "tcp"): ReadonlyMap<number, PortOwner> | undefined {
  const sockets = [protocol, `${protocol}6`]
    .flatMap((table) => socketsIn(kernelText(`/proc/self/net/${table}`)))
    .filter(({ state }) => protocol === "udp" || state === LISTENS);
  if (kernelText(`/proc/self/net/${protocol}`) === undefined) return undefined;
  const pids = sockets.length === 0 ? new Map<string, number>() : pidsOfSockets();
  return new Map(
    sockets.map(({ port, uid, inode }) => {
      const pid = pids.get(inode);
      const name = pid === undefined ? undefined : kernelText(`/proc/${pid}/comm`)?.trim();
      return [port, { uid, pid, name }] as const;
    }),
  );
}

/**
 * The UDP port that the process bound first, in its own network namespace. For a node that is its own port, which it binds
 * before any other. undefined: it has bound none, or this account may not look.
 */
export function firstUdpPortOf(pid: number): number | undefined {
  const own = new Set(namesOf(`/proc/${pid}/fd`).map((fd) => inodeOf(linkAt(`/proc/${pid}/fd/${fd}`))));
  const tables = ["udp", "udp6"].map((table) => kernelText(`/proc/${pid}/net/${table}`));
  const [first] = tables
    .flatMap(socketsIn)
    .filter(({ inode, port }) => port > 0 && own.has(inode))
    // The kernel numbers sockets in order of creation.
    .toSorted((a, b) => Number(a.inode) - Number(b.inode));
  return first?.port;
}

/** Parses /proc/net/udp, proc(5): field 2 is the local address, 4 the state, 8 the uid, 10 the inode. Pure. */
export const socketsIn = (
  text: string | undefined,
): readonly {
  readonly port: number;
  readonly state: string | undefined;
  readonly uid: number;
  readonly inode: string;
}[] =>
  (text ?? "")
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/);
      const port = Number.parseInt(local?.split(":")[1] ?? "", 16);
      return Number.isNaN(port) || inode === undefined ? [] : { port, state, uid: Number(uid), inode };
    });

/** The process of each socket, as far as this account may see. */
function pidsOfSockets(): ReadonlyMap<string, number> {
  const pids = new Map<string, number>();
  for (const pid of namesOf("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of namesOf(`/proc/${pid}/fd`)) {
      const inode = inodeOf(linkAt(`/proc/${pid}/fd/${fd}`));
      if (inode !== undefined && !pids.has(inode)) pids.set(inode, Number(pid));
    }
  }
  return pids;
}

const inodeOf = (link: string): string | undefined => /^socket:\[(\d+)\]$/.exec(link)?.[1];

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The process has ended or belongs to another account.
    return [];
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
