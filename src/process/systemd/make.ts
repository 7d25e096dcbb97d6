import { accountOf } from "../../os/account.ts";
import { elevation, NODE_ACCOUNT } from "../../os/elevation.ts";
import { nodeAccount, nodeAccountFiles, ownAccount, readersOf } from "../contract/accounts.ts";
import type { MakeManager } from "../contract/make-manager.ts";
import { stopGrace } from "../contract/stop-grace.ts";
import { requireSystemd, sudoAccess, userAccess } from "./access.ts";
import { systemd } from "./manager.ts";

/** Nodes as units of this account's own systemd. */
export const systemdUser: MakeManager = (world, { stop_grace }) => {
  const who = { ...ownAccount(world), uid: world.uid, env: world.env };
  const { now, sleep } = world.clock;
  return systemd(userAccess(world.run, who, { sleep, grace: stopGrace(stop_grace, now) }));
};

/** Nodes as units of the machine's systemd, run by the nodes' account. */
export const systemdSudo: MakeManager = (world, { paths, stop_grace }) => {
  // An account would not help where there is no systemd.
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
