import { beforeAll } from "bun:test";
import { docker } from "../../src/process/docker/manager.ts";
import { dockerShared } from "../../src/process/docker/shared-manager.ts";
import { type ContainerGround, containerGround } from "../support/engine.ts";
import { managerContract } from "./manager.ts";

/** The machine is built once, from packages that are downloaded. */
const BUILD_MS = 600_000;

const MANAGERS = { "docker+user": docker, "s6overlay+user": dockerShared } as const;

for (const [kind, make] of Object.entries(MANAGERS)) {
  let ground: Promise<ContainerGround>;
  beforeAll(async () => {
    ground = containerGround(kind.replace("+user", ""), make);
    await ground;
  }, BUILD_MS);
  managerContract(kind, () => ground);
}
