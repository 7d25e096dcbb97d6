/**
 * File systems served by another machine or process, where a system call can block forever. By their names in
 * proc_pid_mountinfo(5).
 */
const REMOTE =
  /^(nfs4?|cifs|smb3|smbfs|9p|virtiofs|ceph|glusterfs|fuse(\..+)?|fuseblk|afs|autofs|beegfs|davfs|gfs2|gpfs|lustre|ocfs2|orangefs)$/;

/** Decodes the octal escapes of the kernel's mount lists. */
const plain = (word: string): string =>
  word.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Mount points of remote or FUSE file systems in the text of mountinfo. Pure. */
export const remoteMounts = (mountinfo: string): ReadonlySet<string> =>
  mountsOf(mountinfo, (type) => REMOTE.test(type));

/**
 * Mount points of local disks, except those that hold the system or the program at `program`, without which nothing runs.
 * Pure.
 */
export function localMounts(mountinfo: string, program: string): ReadonlySet<string> {
  const disks = mountsOf(mountinfo, (type, source) => source.startsWith("/dev/") && !REMOTE.test(type));
  const needed = [...disks].filter((point) => point === "/" || program.startsWith(`${point}/`));
  return new Set([...disks].filter((point) => !needed.includes(point)));
}

/** The mount points selected by type and source. */
function mountsOf(
  mountinfo: string,
  isWanted: (type: string, source: string) => boolean,
): ReadonlySet<string> {
  const points = new Set<string>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = plain(before.split(" ")[4] ?? "");
    const [type = "", source = ""] = after.split(" ");
    // Of several mounts stacked on one point, the last is visible.
    if (isWanted(type, source)) points.add(point);
    else points.delete(point);
  }
  points.delete("");
  return points;
}

/** Reads a link; undefined for anything else. Only called outside these mounts. */
export type ReadLink = (path: string) => string | undefined;

const MOST_LINKS = 40;

/** The first of these mounts on the way to a path, following links; undefined for none. Pure apart from `readLink`. */
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
