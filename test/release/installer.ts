import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ended } from "../support/wnm.ts";
import { endOf } from "./ended.ts";

/** An account that is not root: an installer run as root would change this machine. */
const NOBODY = 65534;
const IS_ROOT = process.getuid?.() === 0;
const UID = IS_ROOT ? NOBODY : process.getuid?.();
const GID = IS_ROOT ? NOBODY : process.getgid?.();
const AS_NOBODY = IS_ROOT ? ["/usr/bin/setpriv", `--reuid=${UID}`, `--regid=${GID}`, "--clear-groups"] : [];

/** What install.sh may need; its means to download, verify and register are added per test. */
const TOOLS =
  "sh awk cat chmod cmp cp cut dd df env getconf grep gzip head id ln ls mkdir mv rm rmdir sed sync tail tr uname wc touch";
const DOWNLOADS = "curl sha256sum";

/**
 * As strict as cron's own: keeps the text in HOME, requires a final newline, and complains as Debian's does.
 * HOME/.crontab-broken makes it fail in another way than for a missing crontab.
 */
const CRONTAB = `#!/bin/sh
kept=$HOME/.crontab
[ ! -e "$HOME/.crontab-broken" ] || { echo "crontab: cannot reach the spool" >&2; exit 1; }
case $1 in
  -l) [ -e "$kept" ] || { echo "no crontab for nobody" >&2; exit 1; }; cat "$kept" ;;
  -r) rm "$kept" ;;
  -) cat >"$kept.new"
    [ -z "$(tail -c 1 "$kept.new")" ] || { rm "$kept.new"; echo "new crontab file is missing newline before EOF" >&2; exit 1; }
    mv "$kept.new" "$kept" ;;
  *) echo "crontab: usage error" >&2; exit 1 ;;
esac
`;

/** A home folder, and the commands that its account finds. */
export type Account = Disposable & {
  readonly home: string;
  readonly program: string;
  /** A folder to which only tests write. */
  readonly outside: string;
  /** Runs a shell command as this account with a clean environment. */
  sh(command: string, env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Like sh, with these mounts made first, which nothing else sees; each is a line of arguments of mount(8). */
  shWithMounts(
    mounts: readonly string[],
    command: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<Ended>;
  /** Puts a stand-in in front of a command. */
  standIn(name: string, script: string): void;
  /** Makes a command unavailable. */
  without(...names: readonly string[]): void;
  /** Puts commands of this machine on the search path. */
  withTools(...names: readonly string[]): void;
  /** Every file and folder of the home folder, with kind, size and links. */
  traces(): readonly string[];
  /** The crontab's text; undefined if there is none. */
  crontab(): Promise<string | undefined>;
  setCrontab(text: string): void;
  /** Writes a file in the home folder, owned by the account. */
  write(path: string, text: string, mode?: number): void;
};

/** A fresh account with curl, sha256sum, cron and no means to check a signature. */
export function anAccount(name = "home"): Account {
  const outside = mkdtempSync(join(tmpdir(), "wnm-installer-"));
  chmodSync(outside, 0o755);
  const home = join(outside, name);
  const bin = join(outside, "bin");
  const own = (path: string) => IS_ROOT && chownSync(path, NOBODY, NOBODY);
  mkdirSync(home);
  own(home);
  mkdirSync(bin);
  const kept = join(home, ".crontab");
  const account: Account = {
    home,
    outside,
    program: join(home, ".local/bin/wnm"),
    sh: (command, env = {}) =>
      endOf([...AS_NOBODY, "/bin/sh", "-c", command], { PATH: bin, HOME: home, ...env }),
    shWithMounts: (mounts, command, env = {}) => {
      const set = Object.entries({ PATH: bin, HOME: home, ...env }).map(([key, value]) => `${key}=${value}`);
      const id = ["/usr/bin/setpriv", `--reuid=${UID}`, `--regid=${GID}`, "--clear-groups"];
      const mounted = mounts.map((mount) => `/bin/mount ${mount} || exit 99\n`).join("");
      return endOf([
        ...(IS_ROOT ? [] : ["sudo", "-n"]),
        ...[
          "/usr/bin/unshare",
          "--mount",
          "--propagation=private",
          "/bin/sh",
          "-c",
          `${mounted}exec "$@"`,
          "sh",
        ],
        ...[...id, "/usr/bin/env", "-i", ...set, "/bin/sh", "-c", command],
      ]);
    },
    standIn: (command, script) => {
      rmSync(join(bin, command), { force: true });
      writeFileSync(join(bin, command), script, { mode: 0o755 });
    },
    without: (...names) => {
      for (const command of names) rmSync(join(bin, command), { force: true });
    },
    withTools: (...names) => {
      for (const command of names) {
        const found = Bun.which(command, { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" });
        if (found === null) throw new Error(`${command} is not installed`);
        rmSync(join(bin, command), { force: true });
        symlinkSync(found, join(bin, command));
      }
    },
    traces: () => tracesOf(home),
    crontab: async () => (existsSync(kept) ? await Bun.file(kept).text() : undefined),
    setCrontab: (text) => account.write(".crontab", text),
    write: (path, text, mode = 0o644) => {
      let folder = home;
      for (const part of path.split("/").slice(0, -1)) {
        folder = join(folder, part);
        if (existsSync(folder)) continue;
        mkdirSync(folder);
        own(folder);
      }
      writeFileSync(join(home, path), text, { mode });
      own(join(home, path));
    },
    [Symbol.dispose]: () => rmSync(outside, { recursive: true, force: true }),
  };
  account.withTools(...TOOLS.split(" "), ...DOWNLOADS.split(" "));
  account.standIn("crontab", CRONTAB);
  return account;
}

function tracesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => {
      const stat = lstatSync(join(folder, name));
      if (stat.isSymbolicLink()) return `${name} -> ${readlinkSync(join(folder, name))}`;
      return stat.isDirectory() ? `${name}/` : `${name} ${stat.size}`;
    })
    .sort();
}
