import { accountOf } from "../../os/account.ts";
import { elevation, NODE_ACCOUNT } from "../../os/elevation.ts";
import { nodeAccount, nodeAccountFiles, ownAccount, readersOf } from "../contract/accounts.ts";
import type { MakeManager } from "../contract/make-manager.ts";
import { stopGrace } from "../contract/stop-grace.ts";
import { requireSystemd, sudoAccess, userAccess } from "./access.ts";
import { systemd } from "./manager.ts";

/** systemd+user: nodes as units of this account's systemd. */
export const systemdUser: MakeManager = (world, { stop_grace }) => {
  const who = { ...ownAccount(world), uid: world.uid, env: world.env };
  const { now, sleep } = world.clock;
  return systemd(userAccess(world.run, who, { sleep, grace: stopGrace(stop_grace, now) }));
};

/** systemd+sudo: nodes as units of the system's systemd, run as the nodes' account. */
export const systemdSudo: MakeManager = (world, { paths, stop_grace }) => {
  // Without systemd, creating the missing account would not help, so that error comes first.
  if (accountOf(NODE_ACCOUNT) === undefined) requireSystemd("setsid+sudo");
  return systemd(
    sudoAccess({
      run: world.run,
      ...elevation(world.uid, NODE_ACCOUNT),
      account: nodeAccount(world.platform),
      files: nodeAccountFiles(world, paths),
      readers: () => readersOf(world, paths),
      home: world.home,
      sleep: world.clock.sleep,
      grace: stopGrace(stop_grace, world.clock.now),
    }),
  );
};
