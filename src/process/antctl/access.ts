import { basename } from "node:path";
import type { Run } from "../../os/command.ts";
import { presenceOf } from "../../os/files/presence.ts";
import type { Platform } from "../../os/paths.ts";
import { listProcesses, livingProcess } from "../../os/processes/identity.ts";
import type { AntctlSettings } from "../contract/make-manager.ts";
import type { AntctlStyle } from "./arguments.ts";
import { type Antctl, antctlCommand } from "./command.ts";
import type { RegistrySource } from "./discover.ts";

/** What differs between antctl+user, antctl+zen and antctl+sudo. */
export type AntctlAccess = RegistrySource & {
  readonly antctl: Antctl;
  readonly style: AntctlStyle;
  /** antctl's own folder for nodes; must be the storage where antctl chooses the folders. */
  readonly own_storage: string;
  /** Services are systemd units, which antctl writes without quotes. */
  readonly unquoted: boolean;
  readonly account: { readonly user: string; readonly home: string };
  /** antctl runs as root, and runs the program that it is given to ask its version. */
  readonly privileged: boolean;
  readonly sleep: (ms: number) => Promise<void>;
};

type Context = {
  readonly run: Run;
  readonly platform: Platform;
  readonly account: AntctlAccess["account"];
  readonly sleep: AntctlAccess["sleep"];
};

type Home = { readonly platform: Platform; readonly account: Pick<AntctlAccess["account"], "home"> };

/** antctl's own folder for the nodes of an account. */
const ownFolder = ({ platform, account }: Home): string =>
  `${account.home}${platform === "darwin" ? "/Library/Application Support" : "/.local/share"}/autonomi/node`;

/** The registry of the nodes of an account. */
export const userRegistry = (home: Home): RegistrySource => ({
  registry: `${ownFolder(home)}/node_registry.json`,
  user_mode: true,
});

/** The registry of the nodes of the system. */
export const SYSTEM_REGISTRY: RegistrySource = {
  registry: "/var/antctl/node_registry.json",
  user_mode: false,
};

/** antctl of this account, with the colony's folders and program. */
export const userAntctl = (
  context: Context & { readonly uid: number },
  settings: AntctlSettings,
): AntctlAccess => ({
  antctl: antctlCommand({
    run: context.run,
    command: [settings.antctl_path, ...globalFlags(settings)],
    env: { ...sessionOf(context.uid), ...backtrace(settings) },
    isBusy: () => isAtWork(settings),
    sleep: context.sleep,
  }),
  style: { folders: "given", program: programOf(settings) },
  own_storage: ownFolder(context),
  ...userRegistry(context),
  unquoted: context.platform === "linux",
  account: context.account,
  privileged: false,
  sleep: context.sleep,
});

/** antctl of this account, with its own folders and releases. */
export const zenAntctl = (
  context: Context & { readonly uid: number },
  settings: AntctlSettings,
): AntctlAccess => ({
  ...userAntctl(context, settings),
  style: { folders: "own", program: releaseOf(settings) },
});

/** antctl as root; its nodes run as an account of their own. */
export const sudoAntctl = (
  context: Context & { readonly asRoot: readonly string[] },
  settings: AntctlSettings,
): AntctlAccess => {
  const { run, asRoot, account } = context;
  // sudo drops the environment; env(1) brings this one in behind it.
  const variables = Object.entries(backtrace(settings)).map(([name, value]) => `${name}=${value}`);
  const [first = "", ...rest] = [
    ...asRoot,
    ...(variables.length === 0 ? [] : ["env", ...variables]),
    settings.antctl_path,
    ...globalFlags(settings),
  ];
  return {
    antctl: antctlCommand({
      run,
      command: [first, ...rest],
      env: {},
      isBusy: () => isAtWork(settings),
      sleep: context.sleep,
    }),
    style: { folders: "given", program: programOf(settings) },
    own_storage: "/var/antctl/services",
    ...SYSTEM_REGISTRY,
    unquoted: context.platform === "linux",
    account,
    privileged: true,
    sleep: context.sleep,
  };
};

/** True while any antctl runs. */
const isAtWork = ({ antctl_path }: AntctlSettings): boolean =>
  (listProcesses() ?? []).some(
    ({ pid, argv }) => basename(argv[0] ?? "") === basename(antctl_path) && livingProcess(pid) !== undefined,
  );

const globalFlags = ({ antctl_debug }: AntctlSettings): readonly string[] =>
  antctl_debug ? ["--debug"] : [];

const backtrace = ({ rust_backtrace }: AntctlSettings): Readonly<Record<string, string>> =>
  rust_backtrace === undefined ? {} : { RUST_BACKTRACE: rust_backtrace };

const releaseOf = ({ antctl_version }: AntctlSettings): AntctlAccess["style"]["program"] =>
  antctl_version === undefined ? { from: "release" } : { from: "release", version: antctl_version };

const programOf = (settings: AntctlSettings): AntctlAccess["style"]["program"] =>
  settings.antctl_version === undefined ? { from: "file" } : releaseOf(settings);

/** Variables by which antctl's systemctl --user finds its systemd; cron sets neither. pam_systemd(8). */
function sessionOf(uid: number): Readonly<Record<string, string>> {
  const folder = `/run/user/${uid}`;
  return presenceOf(folder) === "present"
    ? { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` }
    : {};
}
