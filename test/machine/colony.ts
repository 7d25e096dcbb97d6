import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { compiledWnm, ROOMY } from "../support/wnm.ts";
import { type Machine, type MachineOptions, machine, type Result, until } from "./machine.ts";

/** A throw-away machine with wnm in /usr/local/bin and the operator `op`, who has an antnode and no special rights. */
export type ColonyMachine = Machine & {
  /** Runs wnm as the user (root without one), with only HOME in the environment, as cron does. */
  readonly wnm: (args: readonly string[], user?: string) => Promise<Result>;
  /** Runs a shell script inside and returns its output; throws unless it succeeds. */
  readonly sh: (script: string, user?: string) => Promise<string>;
  /** Runs wnm, which adds no node while the host is busy, until the colony has this many nodes. */
  readonly grown: (nodes: number, user?: string) => Promise<void>;
  /** The status that `wnm --report node-status` reports for each node, by name. */
  readonly statuses: (user?: string) => Promise<Readonly<Record<string, string>>>;
};

/** Arguments of `--init` for a machine whose load does not matter. */
export const ANY_LOAD: readonly string[] = ["--rewards_address=donate", "--no_upnp", ...ROOMY];

const GROW_MS = 240_000;
const HOMES: Readonly<Record<string, string>> = { root: "/root", op: "/home/op" };

/** Boots such a machine; `await using`, or stop(), destroys it. */
export async function colonyMachine(name: string, options: MachineOptions = {}): Promise<ColonyMachine> {
  const m = await machine(name, options);
  const sh: ColonyMachine["sh"] = async (script, user) => {
    const { code, stdout, stderr } = await m.exec(["bash", "-c", script], {
      ...(user === undefined ? {} : { user }),
      timeout_ms: 120_000,
    });
    if (code !== 0) throw new Error(`${script}: ${code}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  const wnm: ColonyMachine["wnm"] = (args, user) =>
    m.exec(["env", "-i", `HOME=${HOMES[user ?? "root"] ?? `/home/${user}`}`, "/usr/local/bin/wnm", ...args], {
      ...(user === undefined ? {} : { user }),
      timeout_ms: 180_000,
    });
  await m.push(await compiledWnm(), "/usr/local/bin/wnm", 0o755);
  await sh("useradd --create-home --shell /bin/bash op && chmod 755 /home/op");
  const folder = mkdtempSync(join(tmpdir(), "wnm-colony-machine-"));
  try {
    await m.push(await buildAntnode(join(folder, "antnode")), "/home/op/.local/bin/antnode", 0o755);
    await sh(
      "mkdir -p /root/.local/bin && cp -p /home/op/.local/bin/antnode /root/.local/bin/ && chown -R op: /home/op",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  const statuses: ColonyMachine["statuses"] = async (user) => {
    const { stdout } = await wnm(["--report", "node-status"], user);
    const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
    return Object.fromEntries(
      rows.flatMap(([service = "", , status = ""]) =>
        service.endsWith(".service") ? [[service.replace(".service", ""), status]] : [],
      ),
    );
  };
  const grown: ColonyMachine["grown"] = async (nodes, user) => {
    const done = async () => {
      const { code, stderr } = await wnm([], user);
      if (code !== 0) throw new Error(`wnm: ${code}: ${stderr}`);
      return Object.keys(await statuses(user)).length === nodes;
    };
    await until(done, `${nodes} nodes`, GROW_MS);
  };
  return { ...m, sh, wnm, statuses, grown };
}
