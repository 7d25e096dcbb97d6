import { basename } from "node:path";
import type { Run } from "../../os/command.ts";
import { presenceOf } from "../../os/files/presence.ts";
import type { Platform } from "../../os/paths.ts";
import { listProcesses, livingProcess } from "../../os/processes/identity.ts";
import type { AntctlSettings } from "../contract/make-manager.ts";
import type { AntctlStyle } from "./arguments.ts";
import { type Antctl, antctlCommand } from "./command.ts";
import type { RegistrySource } from "./discover.ts";

/** The differences between antctl+user, antctl+zen and antctl+sudo. */
export type AntctlAccess = RegistrySource & {
  readonly antctl: Antctl;
  readonly style: AntctlStyle;
  /** antctl's own node folder. If antctl chooses the folders, node_storage must be this one. */
  readonly own_storage: string;
  /** Services are systemd units, which antctl writes without quotes. */
  readonly unquoted: boolean;
  readonly account: { readonly user: string; readonly home: string };
  /** antctl runs as root; it also executes the node program as root to ask its version. */
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

/** antctl's node folder for an account. */
const ownFolder = ({ platform, account }: Home): string =>
  `${account.home}${platform === "darwin" ? "/Library/Application Support" : "/.local/share"}/autonomi/node`;

/** antctl's registry for an account's nodes. */
export const userRegistry = (home: Home): RegistrySource => ({
  registry: `${ownFolder(home)}/node_registry.json`,
  user_mode: true,
});

/** antctl's registry for system services. */
export const SYSTEM_REGISTRY: RegistrySource = {
  registry: "/var/antctl/node_registry.json",
  user_mode: false,
};

/** antctl run as this account, with the colony's folders and program. */
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

/** antctl run as this account, with antctl's own folders and releases. */
export const zenAntctl = (
  context: Context & { readonly uid: number },
  settings: AntctlSettings,
): AntctlAccess => ({
  ...userAntctl(context, settings),
  style: { folders: "own", program: releaseOf(settings) },
});

/** antctl run as root; its nodes run as a separate account. */
export const sudoAntctl = (
  context: Context & { readonly asRoot: readonly string[] },
  settings: AntctlSettings,
): AntctlAccess => {
  const { run, asRoot, account } = context;
  // sudo drops the environment, so env(1) sets the variables after it.
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

/** True while any antctl process runs. */
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

/** The variables that systemctl --user, called by antctl, needs and cron does not set. See pam_systemd(8). */
function sessionOf(uid: number): Readonly<Record<string, string>> {
  const folder = `/run/user/${uid}`;
  return presenceOf(folder) === "present"
    ? { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` }
    : {};
}
