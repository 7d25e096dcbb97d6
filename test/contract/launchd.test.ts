import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { agentAccess } from "../../src/process/launchd/access.ts";
import { launchd } from "../../src/process/launchd/manager.ts";
import { aGrace } from "../support/grace.ts";
import { withLaunchctl } from "../support/launchctl.ts";
import { antnodeGround } from "./antnode-ground.ts";
import type { Ground } from "./manager.ts";
import { managerContract } from "./manager.ts";

const uid = process.getuid?.() ?? 0;
/** Numbers that no colony of this machine's user has: launchd identifies jobs by label alone. */
const FIRST_ID = 900;

async function ground(domains: string): Promise<Ground> {
  const made = await antnodeGround({
    folder: "wnm launchd & <co> ",
    manager: (run, home) => {
      const calls = process.platform === "darwin" ? run : withLaunchctl(run, home, domains);
      const folder = join(home, "Agents");
      mkdirSync(folder);
      const account = { user: String(uid), home, uid };
      return launchd({ ...agentAccess(calls, account, { sleep: Bun.sleep, grace: aGrace() }), folder });
    },
    clear: async (folder) => rmSync(folder, { recursive: true, force: true }),
  });
  return { ...made, node: (id) => made.node(FIRST_ID + id) };
}

managerContract("launchd+user", () => ground(`gui/${uid} user/${uid}`));

// On a Mac the first suite has used whichever domain exists.
if (process.platform !== "darwin")
  managerContract("launchd+user without a desktop session", () => ground(`user/${uid}`));
