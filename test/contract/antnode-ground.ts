import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node, SoftwareKind } from "../../src/model/node.ts";
import { commandRunner, type Run } from "../../src/os/command.ts";
import { listProcesses, livingProcess } from "../../src/os/processes/identity.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import { foreignFlags } from "../../src/software/foreign-flags.ts";
import { SOFTWARE } from "../../src/software/generations.ts";
import { NOTHING_KNOWN } from "../../src/software/program-memory.ts";
import { knownPrograms } from "../../src/software/programs.ts";
import { buildAntNode, buildAntnode } from "../fixtures/build-antnode.ts";
import { aConfig, aNode } from "../support/builders.ts";
import { portBlocks, releasePorts } from "../support/ports.ts";
import { until } from "../support/until.ts";
import type { Ground } from "./manager.ts";

const pidOf = (node: Node): number | undefined =>
  listProcesses()?.find(({ pid, argv }) => argv.includes(node.root_dir) && livingProcess(pid) !== undefined)
    ?.pid;

const STAND_INS = {
  antnode: { build: buildAntnode, newer: "0.4.18" },
  "ant-node": { build: buildAntNode, newer: "0.14.3" },
} as const;

const PEERS = 'peers = ["192.0.2.1:10000"]\n';

/** A ground of this machine for stand-in nodes of one generation (default: legacy), in a folder that needs quoting. */
export async function antnodeGround(how: {
  readonly folder: string;
  readonly software?: SoftwareKind;
  readonly manager: (run: Run, home: string) => ProcessManager | Promise<ProcessManager>;
  /** Deletes the folder. */
  readonly clear: (folder: string, run: Run) => Promise<unknown>;
}): Promise<Ground> {
  const software = SOFTWARE[how.software ?? "antnode"];
  const standIn = STAND_INS[software.kind];
  const home = mkdtempSync(join(tmpdir(), how.folder));
  // The nodes of another account have to pass through it.
  chmodSync(home, 0o755);
  const [storage, logs] = [join(home, "node"), join(home, "logs")];
  mkdirSync(storage);
  mkdirSync(logs);
  const run = commandRunner(home);
  const program = await standIn.build(join(home, software.program));
  const newer = {
    program: await standIn.build(join(home, "newer", software.program), standIn.newer),
    version: standIn.newer,
  };
  const broken = join(home, "broken");
  writeFileSync(broken, "#!/bin/sh\necho no such luck >&2\nexit 3\n", { mode: 0o755 });
  const binary = await knownPrograms(NOTHING_KNOWN, run, process.getuid?.() ?? 0).ofOperator(program);
  if (binary.version === undefined) throw new Error(binary.problem);
  const blocks = await portBlocks();
  const manager = await how.manager(run, home);
  return {
    manager,
    allowedFolders: { storages: [storage], logs },
    newer,
    broken,
    key_file: software.key_file,
    node(id) {
      const node = aNode(id, {
        software: software.kind,
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
        home: manager.account.home,
        bootstrap_cache: join(home, "cache"),
        foreign_flags: foreignFlags(software.kind),
        supervised: manager.supervised,
        disk_reserve_mb: 500,
        bootstrap_peers: PEERS,
      };
      const args = software.arguments(placed, aConfig({ no_upnp: true }), binary.flags, place);
      const files = software.files(placed, place);
      return {
        node: placed,
        launch: { program, runnable: binary.runnable, args, env: { HOME: manager.account.home }, files },
      };
    },
    lives: async (node) => pidOf(node) !== undefined,
    exists: async (path) => existsSync(path),
    kill: async (node) => {
      const pid = pidOf(node);
      if (pid === undefined) return;
      process.kill(pid, "SIGKILL");
      await until(() => livingProcess(pid) === undefined, `process ${pid} to be gone`);
    },
    version: async (node) => software.version((await run(["env", node.binary, "--version"])).stdout) ?? "",
    [Symbol.asyncDispose]: async () => {
      await how.clear(home, run);
      releasePorts(blocks);
    },
  };
}
