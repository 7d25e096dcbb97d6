import { constants, fstatSync, linkSync, lstatSync, type Stats } from "node:fs";
import { besideOf } from "./new-file.ts";
import { bytesIn, type NodePath, nodePathAt, pathText, withFolderOf } from "./node-path.ts";
import { withOpenFile } from "./open-file.ts";
import { discard } from "./write-whole.ts";

/** Mode of a node's program. The nodes' account cannot write one that belongs to wnm's account. */
export const PROGRAM_MODE = 0o755;
/** A comparison reads both files; nodes of one storage seldom have more versions than this. */
const MOST_COMPARED = 3;
const PIECE_BYTES = 1024 * 1024;
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Makes `path` one more name of a program among `twins` that has the content of `source`, so that the kernel keeps its
 * code in memory once. It must belong to this account and have no name but those of the twins: another one could be the
 * operator's, whose file may be written in place. False: there is no such program, or the file system refuses.
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

/** A name of a program that may have more names. */
type Program = { readonly place: NodePath; readonly stat: Stats };

/** One name of each program that has no other names than the twins' own and those of twins half made. */
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

/** Looks at the file after it has the new name: in its own folder, a node can swap it until then. */
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
