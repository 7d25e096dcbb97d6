import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Node, SoftwareKind } from "../../src/model/node.ts";
import { commandRunner } from "../../src/os/command.ts";
import { listProcesses, livingProcess } from "../../src/os/process-id.ts";
import { setsid } from "../../src/process/setsid.ts";
import { ownRights } from "../../src/process/setsid-rights.ts";
import { describeBinary } from "../../src/software/binary.ts";
import { SOFTWARE } from "../../src/software/register.ts";
import { buildAntNode, buildAntnode } from "../fixtures/build-antnode.ts";
import { aConfig, aNode } from "../support/builders.ts";
import { portBlocks } from "../support/ports.ts";
import { type Ground, managerContract } from "./manager.ts";

const pidOf = (node: Node): number | undefined =>
  listProcesses()?.find(({ pid, argv }) => argv.includes(node.root_dir) && livingProcess(pid) !== undefined)
    ?.pid;

const STAND_INS = {
  antnode: { build: buildAntnode, newer: "0.4.18" },
  "ant-node": { build: buildAntNode, newer: "0.14.3" },
} as const;

async function ground(kind: SoftwareKind): Promise<Ground> {
  const software = SOFTWARE[kind];
  const { build, newer } = STAND_INS[kind];
  const home = mkdtempSync(join(tmpdir(), "wnm it's "));
  const [storage, logs] = [join(home, "node"), join(home, "logs")];
  mkdirSync(storage);
  mkdirSync(logs);
  const run = commandRunner(home);
  const program = await build(join(home, kind));
  const newerProgram = await build(join(home, "newer", kind), newer);
  for (const folder of [home, dirname(newerProgram)])
    writeFileSync(join(folder, "bootstrap_peers.toml"), 'peers = ["192.0.2.1:10000"]\n');
  const broken = join(home, "broken");
  writeFileSync(broken, "#!/bin/sh\necho no such luck >&2\nexit 3\n", { mode: 0o755 });
  const { binary } = await describeBinary(program, undefined, run);
  if (binary.version === undefined) throw new Error(binary.problem);
  if (binary.software !== kind) throw new Error(`${program} was taken for an ${binary.software}`);
  const blocks = await portBlocks();
  return {
    manager: setsid(ownRights({ user: "root", home }, Bun.sleep)),
    grounds: { storages: [storage], logs },
    newer: { program: newerProgram, version: newer },
    broken,
    key_file: software.key_file,
    node(id) {
      const node = aNode(id, {
        software: kind,
        network: software.network("arbitrum-one"),
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
        binary: join(node.root_dir, software.program),
        log_dir: join(logs, `antnode${node.node_name}`),
      };
      const place = {
        home,
        bootstrap_cache: join(home, "cache"),
        supervised: false,
        ration: software.rationed ? { db_size_gb: 1, disk_reserve_mb: 500 } : undefined,
        bootstrap_peers: 'peers = ["192.0.2.1:10000"]\n',
      };
      const args = software.arguments(placed, aConfig({ no_upnp: true }), binary.flags, place);
      const files = software.files(placed, place);
      return { node: placed, launch: { program, args, env: { HOME: home }, files } };
    },
    lives: async (node) => pidOf(node) !== undefined,
    exists: async (path) => existsSync(path),
    kill: async (node) => {
      const pid = pidOf(node);
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
    version: async (node) => software.version((await run([node.binary, "--version"])).stdout) ?? "",
    [Symbol.asyncDispose]: async () => rmSync(home, { recursive: true, force: true }),
  };
}

managerContract("setsid+user with antnode", () => ground("antnode"));
managerContract("setsid+user with ant-node", () => ground("ant-node"));
