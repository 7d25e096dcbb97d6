import type { Run } from "../os/command.ts";
import { elevatedFiles, plainFiles } from "../os/files.ts";
import { plainTexts, rootTexts } from "../os/text-files.ts";
import { launchctl } from "./launchctl.ts";
import type { LaunchdRights } from "./launchd.ts";

type Sleep = (ms: number) => Promise<void>;

/** Nodes as agents of this very account: in its desktop session when there is one, else in its background session. */
export const agentRights = (
  run: Run,
  who: LaunchdRights["account"] & { readonly uid: number },
  sleep: Sleep,
): LaunchdRights => ({
  files: plainFiles,
  texts: plainTexts,
  folder: `${who.home}/Library/LaunchAgents`,
  account: { user: who.user, home: who.home },
  runs_as: undefined,
  domains: [
    { name: `gui/${who.uid}`, session: "Aqua" },
    { name: `user/${who.uid}`, session: "Background" },
  ],
  launchctl: launchctl(run, []),
  sleep,
});

/** Nodes as daemons of the machine, with an account of their own. */
export const daemonRights = (
  run: Run,
  asRoot: readonly string[],
  account: LaunchdRights["account"],
  sleep: Sleep,
): LaunchdRights => ({
  files: elevatedFiles(run, asRoot, account.user, "darwin"),
  texts: rootTexts(run, asRoot, "darwin"),
  folder: "/Library/LaunchDaemons",
  account,
  runs_as: account.user,
  domains: [{ name: "system", session: undefined }],
  launchctl: launchctl(run, asRoot),
  sleep,
});
