import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { Run } from "../command.ts";
import { runAs } from "../elevation.ts";
import { textIn, withRegularFile } from "./open-regular.ts";
import { isThere, isUnknown, presenceOf, statBehind } from "./presence.ts";
import { putInPlace } from "./write-whole.ts";

/** Proves that the storage is the one the colony knows: an unmounted disk leaves an empty folder without it. */
export const MARKER = ".wnm-storage";

/** Writes the marker with this identity, whole or not at all. */
export function markStorage(folder: string, id: string): void {
  try {
    putInPlace(`${folder}/${MARKER}`, contentOf(id), { mode: 0o644 });
  } catch (error) {
    throw new WnmError(`The storage ${folder} cannot be written: ${messageOf(error)}`);
  }
}

/** Like markStorage, for a folder of another account: `asRoot` is put before commands to run them as root. */
export async function markStorageAsRoot(
  folder: string,
  id: string,
  run: Run,
  asRoot: readonly string[],
): Promise<void> {
  const beside = `${folder}/${MARKER}.new`;
  const write = ["install", "-m", "0644", "-T", "--", "/dev/stdin", beside] as const;
  await runAs(run, asRoot, write, { input: contentOf(id) });
  await runAs(run, asRoot, ["mv", "-f", "-T", "--", beside, `${folder}/${MARKER}`]);
}

const contentOf = (id: string): string =>
  `${id}\nThis folder holds nodes of wnm. Without this file wnm does not touch them.\n`;

/** The identity that the marker of a storage folder carries; undefined when there is none that can be read. */
export const storageId = (folder: string): string | undefined =>
  withRegularFile(`${folder}/${MARKER}`, (file) => textIn(file, MOST_ID).split("\n")[0]);

const MOST_ID = 200;

/** Why there is no identity to read in the folder. */
export function markerProblem(folder: string): string {
  const presence = presenceOf(`${folder}/${MARKER}`);
  if (presence === "absent") return `${folder} has no ${MARKER} file; is its disk mounted?`;
  const because = presence === "present" ? "" : ` (${presence.unknown})`;
  return `${folder}/${MARKER} ${because === "" ? "is there and " : ""}cannot be read${because}`;
}

/** The identities that the markers of a colony's storages have to carry, by path. */
export type Marks = ReadonlyMap<string, string>;

/** Why the storage must not be touched; undefined when it is there and it is ours. */
export function storageProblem(folder: string, marks: Marks): string | undefined {
  // A link to another disk is followed: the marker proves what is behind it.
  const looked = statBehind(folder);
  if (looked === "absent")
    return isThere(folder)
      ? `${folder} is a link that leads nowhere; is its disk mounted?`
      : `${folder} is not there; is its disk mounted?`;
  if (isUnknown(looked)) return `${folder} cannot be read (${looked.unknown})`;
  if (!looked.found.isDirectory()) return `${folder} is not a folder`;
  const found = storageId(folder);
  if (found === undefined) return markerProblem(folder);
  const id = marks.get(folder);
  if (found === id) return undefined;
  const [of] = [...marks].find(([, mark]) => mark === found) ?? [];
  return of === undefined
    ? `${folder} belongs to another colony (its ${MARKER} says ${found}, not ${id})`
    : `${folder} ${HOLDS_ANOTHER}, ${of}: its ${MARKER} says so`;
}

const HOLDS_ANOTHER = "holds another storage of this colony";

/** True for the problem of a storage in whose place is another one of the colony, as after disks were swapped. */
export const isSwapped = (problem: string): boolean => problem.includes(` ${HOLDS_ANOTHER}, `);
