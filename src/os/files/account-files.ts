import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { CommandFailed, DeletionRefused, failureOf, WnmError } from "../../base/errors.ts";
import { asRoot } from "../advice.ts";
import { type CommandOptions, type CommandResult, type Run, SEARCH_PATH } from "../command.ts";
import { type Elevation, runAs } from "../elevation.ts";
import { type FileOwner, type FolderUse, folderMode, isOneNodes, mayChangeAccess } from "./folder-access.ts";
import { contentsOf, isRefusalMessage, isWhole } from "./folder-contents.ts";
import { stagedAt } from "./new-file.ts";
import { type Files, hasText, textOfPlace } from "./node-files.ts";
import { type NodePath, pathText } from "./node-path.ts";
import { isFolder, isThere, kindAt, ownerOfFile, presenceOf, statAt } from "./presence.ts";
import { mayRemove } from "./removable-folder.ts";

/** The nodes' account, with its name for use in commands. */
export type NamedOwner = FileOwner & { readonly user: string };

/** Options that differ between Linux and macOS: "target is not a folder", "stay on this file system", the group. */
const DIALECT = {
  linux: {
    exact: ["-T"],
    one_disk: "--one-file-system",
    group: undefined,
    installs_input: true,
    read: 'dd if="$1" iflag=nofollow,nonblock bs=65536 count=64 status=none | base64',
  },
  darwin: {
    exact: [],
    one_disk: "-x",
    group: "staff",
    installs_input: false,
    read: 'head -c 4194304 <"$1" | base64',
  },
} as const;

/** Shell scripts run in a node's folder as the nodes' account. */
const SCRIPTS = {
  /** Prints the file $1 as base64; exit code 3 when there is none, 4 when it is not a regular file. */
  read: '[ ! -L "$1" ] || exit 4; [ -e "$1" ] || exit 3; [ -f "$1" ] || exit 4; ',
  /** Sets mode 0600 and removes a second name beside it. */
  close: '[ ! "$1.new" -ef "$1" ] || rm -f -- "$1.new"; [ -L "$1" ] || [ ! -f "$1" ] || chmod 0600 "$1"',
  /** Makes the folder $1 with the mode $2. */
  folder: 'mkdir -m "$2" -- "$1" 2>/dev/null || { [ ! -L "$1" ] && [ -d "$1" ] && chmod "$2" "$1"; }',
} as const;

const DEADLINE_MS = 120_000;
/** Timeout of a script: a node that replaces its key by a pipe delays a run no longer than this. */
const SCRIPT_MS = 20_000;
const IS_NOT_THERE = 3;
const IS_NO_FILE = 4;

/** The command line that runs a script as the nodes' account with an empty environment. */
export const asAccount = (
  asNode: readonly string[],
  script: string,
  ...args: readonly string[]
): readonly [string, ...string[]] => {
  const shell = ["-i", `PATH=${SEARCH_PATH}`, "LC_ALL=C", "/bin/sh", "-c", script, "wnm"];
  const [program = "env", ...words] = [...asNode, "env", ...shell, ...args];
  return [program, ...words];
};

/**
 * Access to the nodes' files for an operator who is not root. Root works only where nodes cannot write: a new file is
 * created next to the node's folder and then renamed into it. Work inside the folder is done as the nodes' account, so a
 * link in it leads no further than the node itself could go.
 */
export function accountFiles(
  run: Run,
  { asRoot, asNode }: Elevation,
  ownerOf: () => NamedOwner,
  platform: keyof typeof DIALECT = "linux",
): Files {
  const dialect = DIALECT[platform];
  const account: AccountAccess = {
    ownerOf,
    dialect,
    root: (argv, options = {}) => runAs(run, asRoot, argv, { deadline_ms: DEADLINE_MS, ...options }),
    node: (script, args, accept = []) =>
      // Without a terminal, because a process of the same account could otherwise inject input into it.
      run(asAccount(asNode, script, ...args), { deadline_ms: SCRIPT_MS, detached: true, accept }),
  };
  return {
    makeFolder: (where, use) => makeFolder(account, where, use),
    async installProgram(from, to) {
      const fd = openSync(from, "r");
      try {
        await put(account, to, "0755", { fd });
      } finally {
        closeSync(fd);
      }
    },
    async writeText(place, text) {
      if (!hasText(place, text)) await put(account, place, "0644", text);
    },
    readPrivate: (place) => readPrivate(account, place),
    placePrivate: (place, content) =>
      staged(account, place, "0600", content, async (path) => {
        // mv -n does nothing if the file already exists.
        await account.root(["mv", "-n", ...dialect.exact, "--", path, pathText(place)]);
        return !isThere(path);
      }),
    async closePrivate(place) {
      await account.node(SCRIPTS.close, [pathText(place)]);
      await clear(account, stagedAt(place.folder));
    },
    async removeFolder(path, parent, isOwn) {
      if (!mayRemove(path, parent, isOwn)) return;
      const before = contentsOf(path);
      const failure = await failureOf(() => account.root(["rm", "-r", "-f", dialect.one_disk, "--", path]));
      if (failure instanceof CommandFailed && isRefusalMessage(failure.stderr) && isWhole(path, before))
        throw new DeletionRefused(failure.message);
      if (failure instanceof WnmError) throw failure;
      if (isThere(path)) throw new WnmError(`The folder ${path} is still there after it was removed`);
      await clear(account, stagedAt(path));
    },
  };
}

type Input = NonNullable<CommandOptions["input"]>;

/** An operator's means of accessing the nodes' files. */
type AccountAccess = {
  readonly ownerOf: () => NamedOwner;
  readonly dialect: (typeof DIALECT)[keyof typeof DIALECT];
  /** Runs a command as root. */
  readonly root: (
    argv: readonly [string, ...string[]],
    options?: { readonly input?: Input },
  ) => Promise<CommandResult>;
  /** Runs a script as the nodes' account. */
  readonly node: (
    script: string,
    args: readonly string[],
    accept?: readonly number[],
  ) => Promise<CommandResult>;
};

/** Creates a file next to the node's folder and passes its path to `use`; removes it afterwards in any case. */
async function staged<T>(
  account: AccountAccess,
  place: NodePath,
  mode: string,
  input: Input,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const { root, dialect } = account;
  const { user, uid } = account.ownerOf();
  refuseUnsafeStorage(place, user, uid);
  const path = stagedAt(place.folder);
  const owned = ["-o", user, "-g", dialect.group ?? user, "-m", mode, ...dialect.exact, "--"];
  if (dialect.installs_input) {
    await root(["install", ...owned, "/dev/stdin", path], { input });
  } else {
    // Created empty with its final mode first, so that nobody else can ever read a key.
    await root(["install", ...owned, "/dev/null", path]);
    await root(["tee", "--", path], { input });
  }
  try {
    return await use(path);
  } finally {
    await clear(account, path);
  }
}

/** Throws WnmError where the nodes' account could trick root into writing elsewhere. */
function refuseUnsafeStorage(place: NodePath, user: string, uid: number): void {
  const storage = dirname(place.folder);
  if (!isFolder(place.folder) || place.names.length > 1)
    throw new WnmError(`${pathText(place)} is not written: ${place.folder} is not a folder of its own`);
  if (ownerOfFile(storage) === uid)
    throw new WnmError(
      `${pathText(place)} is not written: the nodes' account "${user}" owns ${storage} and could lead root astray there; give it to another with: ${asRoot(`chown root ${storage}`)}`,
    );
}

/** Removes a file left next to the node's folder by a killed run. */
async function clear({ root }: AccountAccess, path: string): Promise<void> {
  if (presenceOf(path) !== "absent") await root(["rm", "-f", "--", path]);
}

const put = (account: AccountAccess, place: NodePath, mode: string, input: Input): Promise<void> =>
  staged(account, place, mode, input, async (path) => {
    await account.root(["mv", "-f", ...account.dialect.exact, "--", path, pathText(place)]);
  });

async function makeFolder(
  { root, node, ownerOf, dialect }: AccountAccess,
  where: string | NodePath,
  use: FolderUse,
): Promise<void> {
  const path = textOfPlace(where);
  const kind = kindAt(path);
  // install(1) would follow a planted link and change the owner of the folder behind it.
  if (kind !== undefined && kind !== "folder")
    throw new WnmError(`The folder ${path} cannot be created: a link or a file has its name`);
  if (!isFolder(dirname(path)))
    throw new WnmError(`The folder ${path} cannot be created: ${dirname(path)} is not there`);
  const owner = ownerOf();
  if (use === "wnm's") {
    if (kind === undefined) await root(["install", "-d", "-m", "0755", "--", path]);
    return;
  }
  const readable = isOneNodes(use) ? owner.readers : undefined;
  const mode = folderMode(use, owner);
  const looked = statAt(path);
  if (typeof looked === "object" && "found" in looked) {
    const { found } = looked;
    const isRight =
      found.uid === owner.uid && found.gid === (readable ?? owner.gid) && (found.mode & 0o7777) === mode;
    if (isRight || !mayChangeAccess(path, found, use, owner)) return;
  }
  const octal = mode.toString(8).padStart(4, "0");
  if (typeof where !== "string") await node(SCRIPTS.folder, [path, octal]);
  else {
    const group = readable === undefined ? (dialect.group ?? owner.user) : String(readable);
    await root(["install", "-d", "-o", owner.user, "-g", group, "-m", octal, "--", path]);
  }
}

async function readPrivate(
  { node, dialect }: AccountAccess,
  place: NodePath,
): Promise<Uint8Array | undefined> {
  const script = `${SCRIPTS.read}${dialect.read}`;
  const { code, stdout } = await node(script, [pathText(place)], [IS_NOT_THERE, IS_NO_FILE]);
  if (code === IS_NO_FILE)
    throw new WnmError(`The file ${pathText(place)} cannot be read: a link, a pipe or a folder has its name`);
  return code === IS_NOT_THERE ? undefined : Uint8Array.fromBase64(stdout.replace(/\s/g, ""));
}
