import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { typedWord } from "../../base/shell-word.ts";
import { messageOf } from "../../base/text.ts";
import type { OperatorProgram, Runnable } from "../../model/program-path.ts";
import { accountOf, accountsIn, idsOf } from "../account.ts";
import { asRoot } from "../advice.ts";
import { programPath } from "../command.ts";
import { NODE_ACCOUNT } from "../elevation.ts";
import { textOf } from "./open-regular.ts";

/** A program that may be run, and the prefix that drops privileges to its owner's. */
export type Trusted = {
  readonly program: OperatorProgram;
  /** Its path with links resolved. */
  readonly file: string;
  readonly prefix: readonly string[];
};

/** Why a program is not run. `missing`: it does not exist. `no_file`: it is a folder, a pipe or a device. */
export type Distrusted = {
  readonly because: string;
  readonly missing: boolean;
  readonly no_file?: true;
  /** The command that removes other accounts' write access. */
  readonly close?: string | undefined;
};

const MOST_LINKS = 40;

/**
 * Checks that only root and one operator can change the program, every folder on its path, and links on the way. The
 * operator is the account `uid` that runs wnm. If that is root, the file may have another owner, but never the nodes'
 * account, and the program is then run as that owner. Only reads file metadata.
 */
export function trustedProgram(path: Runnable, uid: number): Trusted | Distrusted {
  let walked: Walked;
  try {
    walked = walk(path);
  } catch (error) {
    const code = errorCode(error) ?? "";
    const missing = code === "ENOENT" || code === "ENOTDIR";
    return { missing, because: messageOf(error) };
  }
  const { file, steps } = walked;
  if (!file.stat.isFile()) return { missing: false, no_file: true, because: `${path} is not a file` };
  const foreign = steps.filter(({ stat }) => stat.uid !== 0 && stat.uid !== uid);
  const [first] = foreign;
  const second = foreign.find(({ stat }) => stat.uid !== first?.stat.uid);
  const owner = first?.stat.uid ?? uid;
  if (first !== undefined && (uid !== 0 || second !== undefined || owner === idsOf(NODE_ACCOUNT)?.uid))
    return { missing: false, because: belongs(second ?? first) };
  const trusted: ReadonlySet<number> = new Set([0, owner]);
  for (const step of steps) {
    const because = whyOpen(step, trusted);
    if (because !== undefined) return { missing: false, because, close: closing(step, file.path, uid) };
  }
  const prefix = first === undefined ? [] : asAccount(owner);
  if (prefix === undefined)
    return {
      missing: false,
      because: `${belongs(first ?? file)}, and without setpriv it cannot be run as that account`,
    };
  return { program: path as string as OperatorProgram, file: file.path, prefix };
}

/** Why this program must not be run by the account `uid`; undefined when it may. */
export function whyNotRun(path: string, uid: number): string | undefined {
  const trusted = trustedProgram(path as Runnable, uid);
  if (!("because" in trusted)) return undefined;
  return trusted.missing ? `there is no program ${path}` : trusted.because;
}

/** One folder, link or file on the path. */
type Step = { readonly path: string; readonly stat: Stats };
type Walked = { readonly file: Step; readonly steps: readonly Step[] };

/** Every folder and link on the way from / to the file. Throws the system's error. */
function walk(path: string): Walked {
  const steps: Step[] = [{ path: "/", stat: lstatSync("/") }];
  const waiting = path.split("/");
  const way: string[] = [];
  let links = 0;
  while (waiting.length > 0) {
    const name = waiting.shift() ?? "";
    if (name === "" || name === ".") continue;
    if (name === "..") {
      way.pop();
      continue;
    }
    const here = `/${[...way, name].join("/")}`;
    const stat = lstatSync(here);
    steps.push({ path: here, stat });
    if (!stat.isSymbolicLink()) {
      way.push(name);
      continue;
    }
    if (++links > MOST_LINKS) throw new Error(`${path} leads through too many links`);
    const target = readlinkSync(here);
    if (target.startsWith("/")) way.length = 0;
    waiting.unshift(...target.split("/"));
  }
  const end = `/${way.join("/")}`;
  return { file: { path: end, stat: lstatSync(end) }, steps };
}

/** Why another account could change this step; undefined when none can. The owner has already been checked. */
function whyOpen({ path, stat }: Step, trusted: ReadonlySet<number>): string | undefined {
  // The mode of a link has no meaning.
  if (stat.isSymbolicLink()) return undefined;
  // In a sticky folder only an entry's owner may change it, and the owner of every step is checked.
  if (stat.isDirectory() && (stat.mode & 0o1000) !== 0) return undefined;
  if ((stat.mode & 0o002) !== 0) return `every account can change ${path}`;
  if ((stat.mode & 0o020) !== 0 && !isPrivate(stat.gid, trusted))
    return `the group ${groupOf(stat.gid)?.name ?? stat.gid} can change ${path}`;
  return undefined;
}

/** The command that closes the program or its folder. Folders further up may be open on purpose. */
function closing({ path, stat }: Step, file: string, uid: number): string | undefined {
  if (path !== file && path !== dirname(file)) return undefined;
  const command = `chmod go-w ${typedWord(path)}`;
  return stat.uid === uid ? command : asRoot(command);
}

const belongs = ({ path, stat }: Step): string =>
  `${path} belongs to ${accountOf(stat.uid)?.user ?? stat.uid}`;

/** macOS's wheel and admin, whose members may become root anyway and are listed in no file. */
const ROOTS_ON_MACOS: ReadonlySet<number> = new Set([0, 80]);

/**
 * True when all members of the group are trusted, as with the private groups of most Linux systems. False for a group from
 * a directory service, whose members cannot be listed reliably.
 */
function isPrivate(gid: number, trusted: ReadonlySet<number>): boolean {
  if (process.platform === "darwin") return ROOTS_ON_MACOS.has(gid);
  const group = groupOf(gid);
  if (group === undefined) return false;
  const accounts = accountsIn(textOf("/etc/passwd", "system") ?? "");
  const members = [
    ...accounts.filter((account) => account.gid === gid).map(({ uid }) => uid),
    ...group.members.map((member) => idsOf(member)?.uid),
  ];
  return members.every((uid) => uid !== undefined && trusted.has(uid));
}

const groupOf = (gid: number) =>
  linesOf("/etc/group")
    .map(([name = "", , id, members = ""]) => ({
      name,
      gid: Number(id),
      members: members.split(",").filter((member) => member !== ""),
    }))
    .find((group) => group.gid === gid);

const linesOf = (path: string): readonly (readonly string[])[] =>
  (textOf(path, "system") ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(":"));

/** The setpriv(1) prefix that runs a program as that account without root's privileges; undefined if not installed. */
function asAccount(uid: number): readonly string[] | undefined {
  const setpriv = programPath("setpriv");
  const gid = idsOf(uid)?.gid;
  if (setpriv === undefined || gid === undefined) return undefined;
  const ids = ["--reuid", String(uid), "--regid", String(gid), "--clear-groups"];
  return [setpriv, ...ids, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"];
}
