import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed } from "../../src/base/errors.ts";
import type { Container } from "../../src/model/container.ts";
import type { Node } from "../../src/model/node.ts";
import { commandRunner, type Run } from "../../src/os/command.ts";
import { plainFiles } from "../../src/os/files/node-files.ts";
import { listProcesses, livingProcess } from "../../src/os/processes/identity.ts";
import type { Launch, ProcessManager } from "../../src/process/contract/manager.ts";
import type { DockerAccess } from "../../src/process/docker/access.ts";
import { sharedContainerName } from "../../src/process/docker/arguments.ts";
import { dockerEngine } from "../../src/process/docker/engine.ts";
import { antnode } from "../../src/software/antnode.ts";
import { foreignFlags } from "../../src/software/foreign-flags.ts";
import { NOTHING_KNOWN } from "../../src/software/program-memory.ts";
import { knownPrograms } from "../../src/software/programs.ts";
import type { Ground } from "../contract/manager.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { type Machine, type MachineOptions, machine } from "../machine/machine.ts";
import { aConfig, aNode } from "./builders.ts";
import { aGrace } from "./grace.ts";
import { until } from "./until.ts";

/** The image from which tests create containers; a local one, so that no registry is ever asked for it. */
export const IMAGE = "localhost/antnode-test";
const ENGINE_MS = 200_000;

/** A real container engine in a throw-away machine, whose containers see a folder of this host under the same path. */
export type EngineMachine = AsyncDisposable & {
  readonly machine: Machine;
  readonly home: string;
  /** Runs a program inside, as commandRunner does outside. */
  readonly run: Run;
};

/** Boots the machine and imports the image from a root file system created there. */
export async function engineMachine(
  name: string,
  relay = "/usr/bin/socat",
  further: MachineOptions["binds"] = [],
): Promise<EngineMachine> {
  const home = mkdtempSync(join(tmpdir(), `wnm-${name}-`));
  const [disk, shared] = [join(home, "engine"), join(home, "it's,shared")];
  for (const folder of [disk, shared]) mkdirSync(folder);
  const made = await machine(name, {
    packages: ["docker.io", "busybox-static", "socat"],
    binds: [
      // The engine's overlays need a disk that is not itself an overlay.
      { host: disk, inside: "/var/lib/docker" },
      { host: shared, inside: shared },
      ...further,
    ],
  });
  const run: Run = async (argv, { deadline_ms = 30_000, env = {}, accept = [] } = {}) => {
    const result = await made.exec(argv, { env, timeout_ms: deadline_ms }).catch((error: unknown) => {
      if (error instanceof Error && /no end within/.test(error.message))
        throw new CommandFailed(argv, null, "");
      throw error;
    });
    if (result.code !== 0 && !accept.includes(result.code))
      throw new CommandFailed(argv, result.code, result.stderr);
    return result;
  };
  await made.push(join(import.meta.dir, "../fixtures/image.sh"), "/image.sh", 0o755);
  await run(["sh", "/image.sh", "docker", IMAGE, relay], { deadline_ms: ENGINE_MS });
  return {
    machine: made,
    home: shared,
    run,
    async [Symbol.asyncDispose]() {
      // What the engine wrote belongs to the machine's root.
      await made.exec(["systemctl", "stop", "docker.socket", "docker", "containerd"], {
        timeout_ms: ENGINE_MS,
      });
      await made.exec(["sh", "-c", "rm -rf /var/lib/docker/*"], { timeout_ms: ENGINE_MS });
      await made.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const pidOf = (node: Node): number | undefined =>
  listProcesses()?.find(
    ({ pid, argv }) =>
      argv[0] === node.binary && argv.includes(node.root_dir) && livingProcess(pid) !== undefined,
  )?.pid;

/** A ground for the contract suite on a real engine, with what only container managers have. */
export type ContainerGround = Ground & {
  readonly engine: EngineMachine;
  readonly ground: DockerAccess;
  readonly container: Container;
};

/** Where nodes of a container manager live: `make` is docker or dockerShared. */
export async function containerGround(
  name: string,
  make: (ground: DockerAccess) => ProcessManager,
  changes: Partial<DockerAccess> = {},
): Promise<ContainerGround> {
  const engine = await engineMachine(name);
  const base = engine.home;
  const [storage, logs] = [join(base, "node"), join(base, "logs")];
  for (const folder of [storage, logs]) mkdirSync(folder);
  const here = commandRunner(base);
  const program = await buildAntnode(join(base, "antnode"));
  const newer = { program: await buildAntnode(join(base, "newer", "antnode"), "0.4.18"), version: "0.4.18" };
  const broken = join(base, "broken");
  writeFileSync(broken, "#!/bin/sh\necho no such luck >&2\nexit 3\n", { mode: 0o755 });
  const binary = await knownPrograms(NOTHING_KNOWN, here, process.getuid?.() ?? 0).ofOperator(program);
  if (binary.version === undefined) throw new Error(binary.problem);
  const { flags } = binary;
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const ground: DockerAccess = {
    engine: dockerEngine({ program: "docker", run: engine.run, uid, gid }),
    files: plainFiles,
    account: { user: "root", home: base },
    image: () => IMAGE,
    extra: [],
    control: join(base, "containers"),
    logs,
    writable: [join(base, "cache")],
    sleep: Bun.sleep,
    grace: aGrace(),
    ...changes,
  };
  const container: Container = {
    id: 1,
    name: sharedContainerName(1, storage),
    engine_id: "a1",
    image: IMAGE,
    status: "NEW",
    created_at: 0,
    port_range_start: 55_001,
    port_range_end: 55_040,
    metrics_port_range_start: 13_001,
    metrics_port_range_end: 13_040,
    storage,
  };
  const node = (id: number): { node: Node; launch: Launch } => {
    const { node_name } = aNode(id);
    const root_dir = join(storage, `antnode${node_name}`);
    const fresh = aNode(id, {
      container_id: 1,
      root_dir,
      binary: join(root_dir, "antnode"),
      log_dir: join(logs, `antnode${node_name}`),
      pid: undefined,
      pid_started: undefined,
      boot_id: undefined,
      status: "STOPPED",
    });
    const args = antnode.arguments(fresh, aConfig({ no_upnp: true }), flags, {
      home: base,
      bootstrap_cache: join(base, "cache"),
      foreign_flags: foreignFlags("antnode"),
      supervised: true,
    });
    return { node: fresh, launch: { program, args, env: { HOME: base, GREETING: "it's me" }, container } };
  };
  return {
    engine,
    ground,
    container,
    manager: make(ground),
    allowedFolders: { storages: [storage], logs },
    newer,
    broken,
    node,
    lives: async (node) => pidOf(node) !== undefined,
    exists: async (path) => existsSync(path),
    kill: async (node) => {
      const pid = pidOf(node);
      if (pid === undefined) return;
      process.kill(pid, "SIGKILL");
      await until(() => livingProcess(pid) === undefined, `process ${pid} to be gone`);
    },
    version: async (node) => antnode.version((await here(["env", node.binary, "--version"])).stdout) ?? "",
    [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose](),
  };
}
