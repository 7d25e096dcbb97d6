import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userAntctl } from "../../src/process/antctl/access.ts";
import { antctl } from "../../src/process/antctl/manager.ts";
import { antctlScript } from "../support/antctl.ts";
import { antnodeGround } from "./antnode-ground.ts";
import { managerContract } from "./manager.ts";

managerContract("antctl+user", async () => {
  const ground = await antnodeGround({
    folder: "wnm-antctl-",
    manager: (run, home) =>
      antctl(
        userAntctl(
          { run, platform: "linux", uid: 1_000_000, account: { user: "root", home }, sleep: Bun.sleep },
          {
            antctl_path: antctlScript(home, { own_services: true, wait_ms: 300 }),
            antctl_debug: false,
            antctl_version: undefined,
            rust_backtrace: undefined,
          },
        ),
      ),
    clear: async (folder) => rmSync(folder, { recursive: true, force: true }),
  });
  const broken = join(ground.allowedFolders.logs, "..", "broken-node", "antnode");
  mkdirSync(join(broken, ".."));
  // antctl asks a program for its version before it accepts it.
  const answers = '#!/bin/sh\n[ "$1" = --version ] && echo "Autonomi Node v0.4.17" && exit 0\nexit 3\n';
  writeFileSync(broken, answers);
  chmodSync(broken, 0o755);
  return { ...ground, broken, stops_for_good: true };
});
