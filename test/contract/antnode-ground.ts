import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node } from "../../src/model/node.ts";
import { commandRunner, type Run } from "../../src/os/command.ts";
import { listProcesses, livingProcess } from "../../src/os/process-id.ts";
import type { ProcessManager } from "../../src/process/manager.ts";
import { antnode } from "../../src/software/antnode.ts";
import { describeBinary } from "../../src/software/binary.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { aConfig, aNode } from "../support/builders.ts";
import { portBlocks } from "../support/ports.ts";
import type { Ground } from "./manager.ts";

const pidOf = (node: Node): number | undefined =>
  listProcesses()?.find(({ pid, argv }) => argv.includes(node.root_dir) && livingProcess(pid) !== undefined)
    ?.pid;

/** A ground of this machine whose nodes are stand-in antnodes, below a folder with a name that needs quoting. */
export async function antnodeGround(how: {
  readonly folder: string;
  readonly manager: (run: Run, home: string) => ProcessManager;
  /** Throws the folder away. */
  readonly clear: (folder: string, run: Run) => Promise<unknown>;
}): Promise<Ground> {
  const home = mkdtempSync(join(tmpdir(), how.folder));
  // The nodes of another account have to pass through.
  chmodSync(home, 0o755);
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
  const manager = how.manager(run, home);
  return {
    manager,
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
        home: manager.account.home,
        bootstrap_cache: join(home, "cache"),
        supervised: manager.supervised,
      });
      return { node: placed, launch: { program, args, env: { HOME: manager.account.home } } };
    },
    lives: async (node) => pidOf(node) !== undefined,
    exists: async (path) => existsSync(path),
    kill: async (node) => {
      const pid = pidOf(node);
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
    version: async (node) => antnode.version((await run([node.binary, "--version"])).stdout) ?? "",
    [Symbol.asyncDispose]: async () => {
      await how.clear(home, run);
    },
  };
}
