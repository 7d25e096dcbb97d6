/**
 * File systems that another machine or another process answers for, so that a call on one can block for ever: the kernel
 * waits for its server. By their names in proc_pid_mountinfo(5).
 */
const REMOTE =
  /^(nfs4?|cifs|smb3|smbfs|9p|virtiofs|ceph|glusterfs|fuse(\..+)?|fuseblk|afs|autofs|beegfs|davfs|gfs2|gpfs|lustre|ocfs2|orangefs)$/;

/** A text of the kernel's lists of mounts, with its octal escapes. */
const plain = (word: string): string =>
  word.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Mount points whose file system something else than this kernel answers for, in the text of mountinfo. Pure. */
export const remoteMounts = (mountinfo: string): ReadonlySet<string> =>
  mountsOf(mountinfo, (type) => REMOTE.test(type));

/**
 * Mount points of disks on which neither the system nor the program at `program` lies: without those nothing runs at all.
 * Pure.
 */
export function localMounts(mountinfo: string, program: string): ReadonlySet<string> {
  const disks = mountsOf(mountinfo, (type, source) => source.startsWith("/dev/") && !REMOTE.test(type));
  const needed = [...disks].filter((point) => point === "/" || program.startsWith(`${point}/`));
  return new Set([...disks].filter((point) => !needed.includes(point)));
}

/** The mount points that are wanted by the type and source of what is mounted there. */
function mountsOf(
  mountinfo: string,
  isWanted: (type: string, source: string) => boolean,
): ReadonlySet<string> {
  const points = new Set<string>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = plain(before.split(" ")[4] ?? "");
    const [type = "", source = ""] = after.split(" ");
    // The last of several mounts on one point is the one that is seen.
    if (isWanted(type, source)) points.add(point);
    else points.delete(point);
  }
  points.delete("");
  return points;
}

/** What a link says; undefined for what is no link. Asked only outside of these mounts. */
export type ReadLink = (path: string) => string | undefined;

const MOST_LINKS = 40;

/** The first of these mounts on the way to a path, links followed; undefined for none. Pure but for `readLink`. */
export function mountOver(path: string, mounts: ReadonlySet<string>, readLink: ReadLink): string | undefined {
  const waiting = path.split("/");
  const way: string[] = [];
  for (let links = 0; waiting.length > 0 && links < MOST_LINKS; ) {
    const here = `/${way.join("/")}`;
    if (mounts.has(here)) return here;
    const name = waiting.shift() ?? "";
    if (name === "..") way.pop();
    if (name === "" || name === "." || name === "..") continue;
    const next = `/${[...way, name].join("/")}`;
    const target = mounts.has(next) ? undefined : readLink(next);
    if (target === undefined) {
      way.push(name);
      continue;
    }
    links += 1;
    if (target.startsWith("/")) way.length = 0;
    waiting.unshift(...target.split("/"));
  }
  const end = `/${way.join("/")}`;
  return mounts.has(end) ? end : undefined;
}
