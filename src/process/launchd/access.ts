import type { Run } from "../../os/command.ts";
import { type DefinitionFiles, ownDefinitions, rootDefinitions } from "../../os/files/definition-files.ts";
import { type Files, sharedProgramFiles } from "../../os/files/node-files.ts";
import type { StopGrace } from "../contract/stop-grace.ts";
import { launchctl } from "./launchctl.ts";
import type { JobSource } from "./state.ts";

/** The differences between launchd+user and launchd+sudo. */
export type LaunchdAccess = JobSource & {
  readonly files: Files;
  /** Access to the jobs' plists in `folder`. */
  readonly texts: DefinitionFiles;
  readonly account: { readonly user: string; readonly home: string };
  /** The account named in the jobs; undefined if they run as their domain's account. */
  readonly runs_as: string | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  readonly grace: StopGrace;
};

type Patience = Pick<LaunchdAccess, "sleep" | "grace">;

/** Agents of this account, in its desktop session if there is one, else in its background session. */
export const agents = (run: Run, who: { readonly uid: number; readonly home: string }): JobSource => ({
  kind: "launchd+user",
  folder: `${who.home}/Library/LaunchAgents`,
  domains: [
    { name: `gui/${who.uid}`, session: "Aqua" },
    { name: `user/${who.uid}`, session: "Background" },
  ],
  launchctl: launchctl(run, []),
});

/** Daemons of the machine. */
export const daemons = (run: Run, asRoot: readonly string[]): JobSource => ({
  kind: "launchd+sudo",
  folder: "/Library/LaunchDaemons",
  domains: [{ name: "system", session: undefined }],
  launchctl: launchctl(run, asRoot),
});

/** Nodes as agents of this account. */
export const agentAccess = (
  run: Run,
  who: LaunchdAccess["account"] & { readonly uid: number },
  patience: Patience,
): LaunchdAccess => ({
  ...agents(run, who),
  files: sharedProgramFiles,
  texts: ownDefinitions,
  account: { user: who.user, home: who.home },
  runs_as: undefined,
  ...patience,
});

/** Nodes as daemons of the machine, under their own account. */
export const daemonAccess = (
  run: Run,
  asRoot: readonly string[],
  { account, files }: Pick<LaunchdAccess, "account" | "files">,
  patience: Patience,
): LaunchdAccess => ({
  ...daemons(run, asRoot),
  files,
  texts: rootDefinitions(run, asRoot, "darwin"),
  account,
  runs_as: account.user,
  ...patience,
});
