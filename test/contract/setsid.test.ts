import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node } from "../../src/model/node.ts";
import { commandRunner } from "../../src/os/command.ts";
import { listProcesses, livingProcess } from "../../src/os/process-id.ts";
import { setsid } from "../../src/process/setsid.ts";
import { ownRights } from "../../src/process/setsid-rights.ts";
import { antnode } from "../../src/software/antnode.ts";
import { describeBinary } from "../../src/software/binary.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { aConfig, aNode } from "../support/builders.ts";
import { portBlocks } from "../support/ports.ts";
import { managerContract } from "./manager.ts";

const pidOf = (node: Node): number | undefined =>
  listProcesses()?.find(({ pid, argv }) => argv.includes(node.root_dir) && livingProcess(pid) !== undefined)
    ?.pid;

managerContract("setsid+user", async () => {
  const home = mkdtempSync(join(tmpdir(), "wnm it's "));
  const [storage, logs] = [join(home, "node"), join(home, "logs")];
  mkdirSync(storage);
  mkdirSync(logs);
  const run = commandRunner(home);
  const program = await buildAntnode(join(home, "antnode"));
  const newer = { program: await buildAntnode(join(home, "newer", "antnode"), "0.4.18"), version: "0.4.18" };
  const broken = join(home, "broken");
  writeFileSync(broken, "#!/bin/sh\necho no such luck >&2\nexit 3\n", { mode: 0o755 });
  const { binary } = await describeBinary(program, undefined, run);
  if (binary.version === undefined) throw new Error(binary.problem);
  const blocks = await portBlocks();
  return {
    manager: setsid(ownRights({ user: "root", home }, Bun.sleep)),
    grounds: { storages: [storage], logs },
    newer,
    broken,
    node(id) {
      const node = aNode(id, {
        root_dir: join(storage, `antnode${String(id).padStart(4, "0")}`),
        port: blocks.port_start * 1000 + id,
        metrics_port: blocks.metrics_port_start * 1000 + id,
        pid: undefined,
        pid_started: undefined,
        boot_id: undefined,
        status: "STOPPED",
      });
      const placed = {
        ...node,
        binary: join(node.root_dir, "antnode"),
        log_dir: join(logs, `antnode${node.node_name}`),
      };
      const args = antnode.arguments(placed, aConfig({ no_upnp: true }), binary.flags, {
        home,
        bootstrap_cache: join(home, "cache"),
        supervised: false,
      });
      return { node: placed, launch: { program, args, env: { HOME: home } } };
    },
    lives: async (node) => pidOf(node) !== undefined,
    exists: async (path) => existsSync(path),
    kill: async (node) => {
      const pid = pidOf(node);
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
    version: async (node) => antnode.version((await run([node.binary, "--version"])).stdout) ?? "",
    [Symbol.asyncDispose]: async () => rmSync(home, { recursive: true, force: true }),
  };
});
