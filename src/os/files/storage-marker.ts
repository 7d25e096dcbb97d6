import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { Run } from "../command.ts";
import { runAs } from "../elevation.ts";
import { textIn, withRegularFile } from "./open-regular.ts";
import { isThere, isUnknown, presenceOf, statBehind } from "./presence.ts";
import { putInPlace } from "./write-whole.ts";

/** The marker file that identifies a storage; the empty mount point of an unmounted disk does not have it. */
export const MARKER = ".wnm-storage";

/** Writes the marker with this identity atomically. */
export function markStorage(folder: string, id: string): void {
  try {
    putInPlace(`${folder}/${MARKER}`, contentOf(id), { mode: 0o644 });
  } catch (error) {
    throw new WnmError(`The storage ${folder} cannot be written: ${messageOf(error)}`);
  }
}

/** Like markStorage for a folder of another account. `asRoot`: prefix that runs commands as root. */
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

/** The identity in a storage's marker; undefined when it is missing or unreadable. */
export const storageId = (folder: string): string | undefined =>
  withRegularFile(`${folder}/${MARKER}`, (file) => textIn(file, MOST_ID).split("\n")[0]);

const MOST_ID = 200;

/** Why the folder's identity cannot be read. */
export function markerProblem(folder: string): string {
  const presence = presenceOf(`${folder}/${MARKER}`);
  if (presence === "absent") return `${folder} has no ${MARKER} file; is its disk mounted?`;
  const because = presence === "present" ? "" : ` (${presence.unknown})`;
  return `${folder}/${MARKER} ${because === "" ? "is there and " : ""}cannot be read${because}`;
}

/** The expected identities of a colony's storages, by path. */
export type Marks = ReadonlyMap<string, string>;

/** Why the storage must not be touched; undefined when it exists and is this colony's. */
export function storageProblem(folder: string, marks: Marks): string | undefined {
  // Links are followed, because the marker proves what is behind them.
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

/** True for the problem that another storage of the colony is in its place, as after disks were swapped. */
export const isSwapped = (problem: string): boolean => problem.includes(` ${HOLDS_ANOTHER}, `);
