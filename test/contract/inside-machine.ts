/** The contract of manager WNM_TEST_MANAGER, for `bun test` in a throw-away machine: it needs real systemd and sudo. */

import { MANAGER_KINDS, SOFTWARE_KINDS } from "../../src/model/node.ts";
import { accountOf } from "../../src/os/account.ts";
import { createLogOutput } from "../../src/os/log.ts";
import { managerFor } from "../../src/process/managers.ts";
import { aConfig, aHost } from "../support/builders.ts";
import { antnodeGround } from "./antnode-ground.ts";
import { managerContract } from "./manager.ts";

const kind = MANAGER_KINDS.find((name) => name === process.env.WNM_TEST_MANAGER);
if (kind === undefined) throw new Error(`WNM_TEST_MANAGER=${process.env.WNM_TEST_MANAGER} is no manager`);
const uid = process.getuid?.() ?? 0;
const home = accountOf(uid)?.home ?? "/";

const software = SOFTWARE_KINDS.find((name) => name === process.env.WNM_TEST_SOFTWARE) ?? "antnode";

managerContract(`${kind} with ${software}`, () =>
  antnodeGround({
    software,
    folder: 'wnm it\'s "50%" $HOME \\x ',
    manager: (run) =>
      managerFor(
        kind,
        {
          env: process.env,
          platform: "linux",
          uid,
          home,
          clock: { now: () => Math.floor(Date.now() / 1000), sleep: Bun.sleep },
          random: Math.random,
          run,
          print: () => {},
          complain: () => {},
          log: createLogOutput({ colour: false, terminal: false, now: Date.now }, () => {}),
        },
        { ...aConfig(), paths: aHost.paths, rust_backtrace: undefined },
      ),
    clear: (folder, run) =>
      run(uid === 0 ? ["rm", "-rf", "--", folder] : ["sudo", "-n", "rm", "-rf", "--", folder]),
  }),
);
