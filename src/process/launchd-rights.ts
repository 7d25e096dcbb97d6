import type { Run } from "../os/command.ts";
import { elevatedFiles, plainFiles } from "../os/files.ts";
import { plainTexts, rootTexts } from "../os/text-files.ts";
import { launchctl } from "./launchctl.ts";
import type { LaunchdRights } from "./launchd.ts";
import type { LaunchdPlace } from "./launchd-state.ts";

type Sleep = (ms: number) => Promise<void>;

/** Agents of this very account: in its desktop session when there is one, else in its background session. */
export const agents = (run: Run, who: { readonly uid: number; readonly home: string }): LaunchdPlace => ({
  kind: "launchd+user",
  folder: `${who.home}/Library/LaunchAgents`,
  domains: [
    { name: `gui/${who.uid}`, session: "Aqua" },
    { name: `user/${who.uid}`, session: "Background" },
  ],
  launchctl: launchctl(run, []),
});

/** Daemons of the machine. */
export const daemons = (run: Run, asRoot: readonly string[]): LaunchdPlace => ({
  kind: "launchd+sudo",
  folder: "/Library/LaunchDaemons",
  domains: [{ name: "system", session: undefined }],
  launchctl: launchctl(run, asRoot),
});

/** Nodes as agents of this very account. */
export const agentRights = (
  run: Run,
  who: LaunchdRights["account"] & { readonly uid: number },
  sleep: Sleep,
): LaunchdRights => ({
  ...agents(run, who),
  files: plainFiles,
  texts: plainTexts,
  account: { user: who.user, home: who.home },
  runs_as: undefined,
  sleep,
});

/** Nodes as daemons of the machine, with an account of their own. */
export const daemonRights = (
  run: Run,
  asRoot: readonly string[],
  account: LaunchdRights["account"],
  sleep: Sleep,
): LaunchdRights => ({
  ...daemons(run, asRoot),
  files: elevatedFiles(run, asRoot, account.user, "darwin"),
  texts: rootTexts(run, asRoot, "darwin"),
  account,
  runs_as: account.user,
  sleep,
});
