import { basename } from "node:path";
import type { Run } from "../os/command.ts";
import { exists } from "../os/files.ts";
import type { Platform } from "../os/paths.ts";
import { listProcesses, livingProcess } from "../os/process-id.ts";
import type { AntctlRights } from "./antctl.ts";
import { antctlCommand } from "./antctl-command.ts";
import type { RegistryPlace } from "./antctl-discover.ts";

/** What the settings say of antctl. */
export type AntctlSettings = {
  readonly antctl_path: string;
  readonly antctl_debug: boolean;
  readonly antctl_version: string | undefined;
  readonly rust_backtrace: string | undefined;
};

type Place = {
  readonly run: Run;
  readonly platform: Platform;
  readonly account: AntctlRights["account"];
  readonly sleep: AntctlRights["sleep"];
};

type Home = { readonly platform: Platform; readonly account: Pick<AntctlRights["account"], "home"> };

/** antctl's own folder for the nodes of an account. */
const ownFolder = ({ platform, account }: Home): string =>
  `${account.home}${platform === "darwin" ? "/Library/Application Support" : "/.local/share"}/autonomi/node`;

/** The registry of the nodes of an account. */
export const userRegistry = (home: Home): RegistryPlace => ({
  registry: `${ownFolder(home)}/node_registry.json`,
  user_mode: true,
});

/** The registry of the nodes of the system. */
export const SYSTEM_REGISTRY: RegistryPlace = {
  registry: "/var/antctl/node_registry.json",
  user_mode: false,
};

/** antctl of this very account, told the colony's folders and program. */
export const userAntctl = (
  place: Place & { readonly uid: number },
  settings: AntctlSettings,
): AntctlRights => ({
  antctl: antctlCommand({
    run: place.run,
    command: [settings.antctl_path, ...globalFlags(settings)],
    env: { ...sessionOf(place.uid), ...backtrace(settings) },
    isBusy: () => isAtWork(settings),
    sleep: place.sleep,
  }),
  style: { folders: "given", program: programOf(settings) },
  own_storage: ownFolder(place),
  ...userRegistry(place),
  unquoted: place.platform === "linux",
  account: place.account,
  sleep: place.sleep,
});

/** antctl of this account left to its own folders and releases. */
export const zenAntctl = (
  place: Place & { readonly uid: number },
  settings: AntctlSettings,
): AntctlRights => ({
  ...userAntctl(place, settings),
  style: { folders: "own", program: releaseOf(settings) },
});

/** antctl with root's rights, whose nodes run as an account of their own. */
export const sudoAntctl = (
  place: Place & { readonly asRoot: readonly string[] },
  settings: AntctlSettings,
): AntctlRights => {
  const { run, asRoot, account } = place;
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
      sleep: place.sleep,
    }),
    style: { folders: "given", program: programOf(settings) },
    own_storage: "/var/antctl/services",
    ...SYSTEM_REGISTRY,
    unquoted: place.platform === "linux",
    account,
    sleep: place.sleep,
  };
};

/** Some antctl lives, whoever has called it. */
const isAtWork = ({ antctl_path }: AntctlSettings): boolean =>
  (listProcesses() ?? []).some(
    ({ pid, argv }) => basename(argv[0] ?? "") === basename(antctl_path) && livingProcess(pid) !== undefined,
  );

const globalFlags = ({ antctl_debug }: AntctlSettings): readonly string[] =>
  antctl_debug ? ["--debug"] : [];

const backtrace = ({ rust_backtrace }: AntctlSettings): Readonly<Record<string, string>> =>
  rust_backtrace === undefined ? {} : { RUST_BACKTRACE: rust_backtrace };

const releaseOf = ({ antctl_version }: AntctlSettings): AntctlRights["style"]["program"] =>
  antctl_version === undefined ? { from: "release" } : { from: "release", version: antctl_version };

const programOf = (settings: AntctlSettings): AntctlRights["style"]["program"] =>
  settings.antctl_version === undefined ? { from: "file" } : releaseOf(settings);

/** antctl calls systemctl --user, which finds its systemd by these; cron sets neither. pam_systemd(8). */
function sessionOf(uid: number): Readonly<Record<string, string>> {
  const folder = `/run/user/${uid}`;
  return exists(folder)
    ? { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` }
    : {};
}
