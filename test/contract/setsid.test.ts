import { rmSync } from "node:fs";
import { SOFTWARE_KINDS } from "../../src/model/node.ts";
import { ownAccess } from "../../src/process/setsid/access.ts";
import { setsid } from "../../src/process/setsid/manager.ts";
import { aGrace } from "../support/grace.ts";
import { antnodeGround } from "./antnode-ground.ts";
import { managerContract } from "./manager.ts";

for (const software of SOFTWARE_KINDS) {
  managerContract(`setsid+user with ${software}`, () =>
    antnodeGround({
      folder: "wnm it's ",
      software,
      manager: (_run, home) => setsid(ownAccess({ user: "root", home }, Bun.sleep, aGrace())),
      clear: async (home) => rmSync(home, { recursive: true, force: true }),
    }),
  );
}
