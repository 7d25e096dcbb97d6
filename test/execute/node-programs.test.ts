import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EndedAtOnce, WnmError } from "../../src/base/errors.ts";
import type { ExecutionContext } from "../../src/execute/context.ts";
import { launchOf } from "../../src/execute/launch.ts";
import { rollback } from "../../src/execute/rollback.ts";
import { upgrade } from "../../src/execute/upgrade.ts";
import { MANAGER_KINDS, type ManagerKind, type Node } from "../../src/model/node.ts";
import type { ProcessState } from "../../src/model/observation.ts";
import { survey } from "../../src/observe/survey.ts";
import { commandRunner, type Run } from "../../src/os/command.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import { NOTHING_KNOWN } from "../../src/software/program-memory.ts";
import { knownPrograms, type Programs } from "../../src/software/programs.ts";
import { aConfig, aDisk, aHost, aNode, NOW, quietMetrics } from "../support/builders.ts";

const folder = mkdtempSync(join(tmpdir(), "wnm-node-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HELP =
  "--root-dir --port --enable-metrics-server --metrics-server-port --log-output-dest --rewards-address";
/** A node program that records each of its executions in `calls` next to it. */
const aProgram = (version: string, calls: string): string =>
  [
    "#!/bin/sh",
    `echo "$1" >>${calls}`,
    `case "$1" in --version) echo 'Autonomi Node v${version}';; --help) printf '  %s <X>\\n' ${HELP};; esac`,
    "",
  ].join("\n");

let home = "";
let commands: string[] = [];
let bad: string[] = [];
let count = 0;
const run: Run = (argv, options) => {
  commands.push(argv.join(" "));
  return commandRunner("/nonexistent")(argv, options);
};
const evil = () => join(home, "evil-calls");
const evilRan = () => existsSync(evil());
const put = (path: string, text: string) => writeFileSync(path, text, { mode: 0o755 });

beforeEach(() => {
  home = join(folder, String(++count));
  mkdirSync(join(home, "bin"), { recursive: true });
  mkdirSync(join(home, "base"));
  put(join(home, "bin/antnode"), aProgram("0.4.18", join(home, "good-calls")));
  commands = [];
  bad = [];
});

/** A manager that copies programs and records its calls; its upgrade throws `fails`. */
function aManager(state: () => ProcessState, fails?: () => WnmError | undefined): ProcessManager {
  const unused = () => Promise.reject(new Error("not needed here"));
  return {
    ids: "fill gaps",
    supervised: true,
    account: { user: "ant", home },
    create: async () => {},
    start: unused,
    stop: async () => {},
    remove: unused,
    discover: unused,
    async upgrade(node, launch) {
      copyFileSync(launch.program, node.binary);
      const error = fails?.();
      if (error !== undefined) throw error;
      return undefined;
    },
    inspect: async (nodes) => new Map(nodes.map(({ id }) => [id, state()])),
  };
}

/** The context of one node with the real knowledge of programs. */
async function contextFor(programs: Programs, manager: ProcessManager, node: Node) {
  const binary = await programs.ofOperator(join(home, "bin/antnode"));
  const store = {
    save: ({ bad_version }: { bad_version?: { version: string } }) => {
      if (bad_version !== undefined) bad.push(bad_version.version);
    },
  };
  return {
    store: store as unknown as ExecutionContext["store"],
    config: aConfig(),
    metrics: quietMetrics,
    disks: [aDisk([aHost.paths.node_storage])],
    upgrades: true,
    paths: { ...aHost.paths, base: join(home, "base") },
    disk: {
      storageProblem: () => undefined,
      takesChanges: async () => true,
      opens: async () => true,
      nodeFolder: () => ({ is: "there" }),
    },
    givenUp: new Set(),
    binary,
    identify: programs.ofNode,
    keptProgram: programs.ofKept,
    manager: () => manager,
    now: () => NOW,
    nodes: new Map([[node.id, node]]),
    cause: { readings: undefined, by: "cron" },
    actions: [],
    recorded: new Set(),
    containers: new Map(),
  } as unknown as ExecutionContext;
}

const there = (changes: Partial<Node> = {}): Node => {
  mkdirSync(join(home, "antnode0001"), { recursive: true });
  return aNode(1, {
    root_dir: join(home, "antnode0001"),
    binary: join(home, "antnode0001/antnode"),
    ...changes,
  });
};
const running = { state: "running", process: { pid: 99, pid_started: 1, boot_id: "b" } } as const;
const stopped = { state: "stopped" } as const;
const stored = (context: ExecutionContext, node: Node) => context.nodes.get(node.id);

test.each(MANAGER_KINDS)(
  "%s: a program that a node put in its folder is never run, whether the node is inspected, started, upgraded or rolled back",
  async (manager_type: ManagerKind) => {
    const programs = knownPrograms(NOTHING_KNOWN, run, 0);
    for (const software of ["antnode", "ant-node"] as const) {
      const node = there({ manager_type, software, version: "0.4.17", pid: 99 });
      put(node.binary, aProgram("9.9.9", evil()));
      for (const state of [stopped, running]) {
        const pace = { delay_ms: 0, sleep: async () => {}, now: () => NOW, identify: programs.ofNode };
        await survey([{ ...node, metrics_port: 1 }], () => aManager(() => state), pace);
      }
      const context = await contextFor(
        programs,
        aManager(() => stopped),
        node,
      );
      const { launch } = await launchOf(context, node);
      expect(launch.runnable).toBeUndefined();
      if (software === "ant-node") continue;
      await upgrade(context, node);
      put(node.binary, aProgram("9.9.9", evil()));
      await rollback(context, stored(context, node) ?? node, "0.4.17", "a test");
    }
    expect(evilRan()).toBe(false);
    expect(commands.filter((command) => !command.startsWith(join(home, "bin/")))).toEqual([]);
  },
);

describe("the program that a node gets back", () => {
  const failing = () => new EndedAtOnce("antnode0001 ended at once: exit code 3");

  test("is the operator's program of that version, if wnm has had it", async () => {
    const programs = knownPrograms(NOTHING_KNOWN, run, 0);
    const node = there({ version: "0.4.18" });
    copyFileSync(join(home, "bin/antnode"), node.binary);
    await programs.ofOperator(join(home, "bin/antnode"));
    put(join(home, "bin/antnode"), aProgram("0.4.19", join(home, "good-calls")));
    let first = true;
    const once = () => {
      const error = first ? failing() : undefined;
      first = false;
      return error;
    };
    const context = await contextFor(
      programs,
      aManager(() => stopped, once),
      node,
    );
    await expect(upgrade(context, node)).rejects.toThrow(
      "version 0.4.18 runs again, and 0.4.19 is not tried again",
    );
    expect(bad).toEqual(["0.4.19"]);
    expect(readFileSync(node.binary, "utf8")).toContain("0.4.18");
    expect(programs.ofKept(join(home, "base/programs/antnode-0.4.18"))).toMatchObject({ version: "0.4.18" });
  });

  test("is otherwise the node's own earlier file, which no other node gets", async () => {
    const programs = knownPrograms(NOTHING_KNOWN, run, 0);
    const node = there({ version: "0.4.17" });
    put(node.binary, aProgram("9.9.9", evil()));
    let first = true;
    const once = () => {
      const error = first ? failing() : undefined;
      first = false;
      return error;
    };
    const context = await contextFor(
      programs,
      aManager(() => stopped, once),
      node,
    );
    await expect(upgrade(context, node)).rejects.toThrow("version 0.4.17 runs again");
    expect(readFileSync(node.binary, "utf8")).toContain("9.9.9");
    const other = aNode(2, { ...node, id: 2 as Node["id"], previous_version: "0.4.17", version: "0.4.18" });
    await expect(rollback(context, other, "0.4.17", "a test")).rejects.toThrow("is not kept at");
    expect(evilRan()).toBe(false);
  });

  test("is unknown if the version was never recorded; the failed version is still remembered", async () => {
    const programs = knownPrograms(NOTHING_KNOWN, run, 0);
    const node = there({ version: undefined });
    put(node.binary, aProgram("9.9.9", evil()));
    const context = await contextFor(
      programs,
      aManager(() => stopped, failing),
      node,
    );
    await expect(upgrade(context, node)).rejects.toThrow("it is not rolled back");
    expect(bad).toEqual(["0.4.18"]);
    expect(stored(context, node)).toMatchObject({ status: "STOPPED", wanted: "running" });
  });
});

describe("blame for a failed upgrade", () => {
  const setUp = async (state: ProcessState, error: () => WnmError | undefined) => {
    const programs = knownPrograms(NOTHING_KNOWN, run, 0);
    const node = there({ version: "0.4.17", status: "RUNNING" });
    put(node.binary, aProgram("0.4.17", evil()));
    return {
      node,
      context: await contextFor(
        programs,
        aManager(() => state, error),
        node,
      ),
    };
  };

  test("does not fall on the version when a stop fails: the node runs on, and is upgraded again later", async () => {
    const { node, context } = await setUp(
      running,
      () => new WnmError("antnode0001 still runs as process 99"),
    );
    await expect(upgrade(context, node)).rejects.toThrow("still runs as process 99");
    expect(bad).toEqual([]);
    expect(stored(context, node)).toMatchObject({
      status: "RUNNING",
      version: "0.4.17",
      previous_version: "0.4.17",
    });
  });

  test("does not fall on the version when a failure leaves the node stopped, unless the program itself ended", async () => {
    const { node, context } = await setUp(stopped, () => new WnmError("the container engine does not run"));
    await expect(upgrade(context, node)).rejects.toThrow("engine does not run");
    expect(bad).toEqual([]);
    expect(stored(context, node)).toMatchObject({ status: "UPGRADING", version: "0.4.17" });
  });

  test("does not fall on the old program when the stop of a rollback fails", async () => {
    const { node, context } = await setUp(stopped, () => undefined);
    await upgrade(context, node);
    const upgraded = stored(context, node) ?? node;
    const failing = aManager(
      () => running,
      () => new WnmError("antnode0001 does not stop"),
    );
    await expect(
      rollback({ ...context, manager: () => failing }, upgraded, "0.4.17", "it went down"),
    ).rejects.toThrow("does not stop");
    expect(bad).toEqual(["0.4.18"]);
    expect(stored(context, node)).toMatchObject({
      version: "0.4.18",
      previous_version: "0.4.17",
      crashes: 0,
    });
  });
});
