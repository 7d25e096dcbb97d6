import { constants, fstatSync, linkSync, lstatSync, type Stats } from "node:fs";
import { besideOf } from "./new-file.ts";
import { bytesIn, type NodePath, nodePathAt, pathText, withFolderOf } from "./node-path.ts";
import { withOpenFile } from "./open-file.ts";
import { discard } from "./write-whole.ts";

/** The mode of a node's program. The nodes' account cannot write one owned by wnm's account. */
export const PROGRAM_MODE = 0o755;
/** The maximum number of comparisons, which read both files; nodes in one storage seldom have more versions. */
const MOST_COMPARED = 3;
const PIECE_BYTES = 1024 * 1024;
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Makes `path` a hard link to a program among `twins` with the content of `source`, so that its code is in memory only
 * once. The program must belong to this account and have no links other than the twins': another one might be the
 * operator's file, which may be overwritten in place. False: there is no such program, or the file system refuses.
 */
export function linkProgram(source: string, path: string, twins: readonly NodePath[]): boolean {
  return withOpenFile(source, constants.O_RDONLY, (fd) => {
    const wanted = fstatSync(fd);
    return programsOf(twins)
      .filter(({ stat }) => stat.size === wanted.size && !isSameFile(stat, wanted))
      .slice(0, MOST_COMPARED)
      .some((program) => isLinked(program, path, fd));
  });
}

/** One path of a program that may have several hard links. */
type Program = { readonly place: NodePath; readonly stat: Stats };

/** One path of each program all of whose links belong to twins, including half-installed ones. */
function programsOf(twins: readonly NodePath[]): readonly Program[] {
  const names = twins.flatMap((place) => {
    const beside = nodePathAt(place.folder, besideOf(pathText(place)));
    return [place, beside].flatMap(programAt);
  });
  const byFile = Map.groupBy(names, ({ stat }) => `${stat.dev}:${stat.ino}`);
  return [...byFile.values()]
    .filter((all) => all.every(({ stat }) => isOwnProgram(stat) && stat.nlink === all.length))
    .flatMap((all) => all.slice(0, 1));
}

function programAt(place: NodePath): readonly Program[] {
  try {
    return [{ place, stat: withFolderOf(place, ({ at }, name) => lstatSync(at(name))) }];
  } catch {
    return [];
  }
}

const isOwnProgram = (stat: Stats): boolean =>
  stat.isFile() && stat.uid === process.geteuid?.() && (stat.mode & 0o7777) === PROGRAM_MODE;

const isSameFile = (a: Stats, b: Stats): boolean => a.ino === b.ino && a.dev === b.dev;

/** Verifies the file after linking, because until then a node could swap it in its own folder. */
function isLinked({ place, stat }: Program, path: string, source: number): boolean {
  try {
    withFolderOf(place, ({ at }, name) => linkSync(at(name), path));
    const is_right = withOpenFile(path, FLAGS, (fd) => {
      const now = fstatSync(fd);
      return isSameFile(now, stat) && isOwnProgram(now) && isSameContent(fd, source, stat.size);
    });
    if (!is_right) discard(path);
    return is_right;
  } catch {
    discard(path);
    return false;
  }
}

function isSameContent(one: number, other: number, size: number): boolean {
  const piece = (fd: number, at: number): Buffer => bytesIn({ fd, size, changed_at: 0 }, PIECE_BYTES, at);
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const bytes = piece(one, at);
    if (bytes.length < Math.min(PIECE_BYTES, size - at) || !bytes.equals(piece(other, at))) return false;
  }
  return true;
}
