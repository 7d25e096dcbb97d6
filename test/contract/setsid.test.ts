import { rmSync } from "node:fs";
import { SOFTWARE_KINDS } from "../../src/model/node.ts";
import { setsid } from "../../src/process/setsid.ts";
import { ownRights } from "../../src/process/setsid-rights.ts";
import { antnodeGround } from "./antnode-ground.ts";
import { managerContract } from "./manager.ts";

for (const software of SOFTWARE_KINDS) {
  managerContract(`setsid+user with ${software}`, () =>
    antnodeGround({
      folder: "wnm it's ",
      software,
      manager: (_run, home) => setsid(ownRights({ user: "root", home }, Bun.sleep)),
      clear: async (home) => rmSync(home, { recursive: true, force: true }),
    }),
  );
}
