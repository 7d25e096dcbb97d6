import { rmSync } from "node:fs";
import { setsid } from "../../src/process/setsid.ts";
import { ownRights } from "../../src/process/setsid-rights.ts";
import { antnodeGround } from "./antnode-ground.ts";
import { managerContract } from "./manager.ts";

managerContract("setsid+user", () =>
  antnodeGround({
    folder: "wnm it's ",
    manager: (_run, home) => setsid(ownRights({ user: "root", home }, Bun.sleep)),
    clear: async (home) => rmSync(home, { recursive: true, force: true }),
  }),
);
