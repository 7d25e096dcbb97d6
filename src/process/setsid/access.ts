import { closeSync } from "node:fs";
import { Denied, errorCode, WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { ManagerKind, Node } from "../../model/node.ts";
import { uidOf } from "../../os/account.ts";
import type { Run } from "../../os/command.ts";
import { type Elevation, runAs } from "../../os/elevation.ts";
import { asAccount } from "../../os/files/account-files.ts";
import { type Files, sharedProgramFiles } from "../../os/files/node-files.ts";
import { shellExports } from "../../os/shell-words.ts";
import { type AccountProcesses, accountProcesses, SHOW_PROCESSES } from "../../software/account-processes.ts";
import { type NodeOwner, OWN_PROCESSES, processesOfAccount } from "../../software/node-owner.ts";
import type { Launch } from "../contract/manager.ts";
import { lastError, lastWords, outputPath } from "../contract/node-output.ts";
import { nodeUmask } from "../contract/node-umask.ts";
import type { StopGrace } from "../contract/stop-grace.ts";
import { openOutput } from "./node-output.ts";

/** The differences between setsid+user and setsid+sudo. */
export type SetsidAccess = {
  readonly kind: ManagerKind;
  readonly files: Files;
  readonly account: { readonly user: string; readonly home: string };
  readonly privileged: boolean;
  /** The account that owns the nodes' processes. */
  readonly owner: NodeOwner;
  /** Lists processes as the nodes' account, for a /proc that hides them; resolves to undefined when that fails. */
  readonly accountProcesses?: () => Promise<AccountProcesses | undefined>;
  /** Starts the program in its own session and watches it for `watch_ms`. */
  readonly spawn: (node: Node, launch: Launch, watch_ms: number) => Promise<Spawned>;
  /**
   * Sends a signal to a process, or to a process group if `target` is negative. Resolves to the reason if the signal could
   * not be sent; a target that has already ended is no error.
   */
  readonly signal: (target: number, signal: "TERM" | "KILL") => Promise<string | undefined>;
  /** The error that a node printed before it ended. */
  readonly lastError: (node: Node) => string | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  readonly grace: StopGrace;
};

/** The result of starting a program. */
export type Spawned = {
  /** undefined when it could not be started, or its pid is unknown. */
  readonly pid: number | undefined;
  /** How it ended; undefined while it runs, or when that is unknown. */
  readonly ended: string | undefined;
};

type Sleep = SetsidAccess["sleep"];

/**
 * Starts a node and prints its pid. $1: umask; $2: output file, which is truncated. Environment variables come from
 * standard input, so that neither a process list nor sudo's log shows them. Output must go to a file: a pipe would keep
 * this command's pipes open. No `setsid -f`, because BusyBox lacks it.
 */
const START = [
  'unset LC_ALL; umask "$1"; shift; rm -f -- "$1" 2>/dev/null',
  '(: >"$1") 2>/dev/null || { shift; set -- /dev/null "$@"; }',
  'eval "$(cat)"; setsid sh -c \'echo $$; exec "$@" </dev/null >"$0" 2>&1\' "$@" &',
].join("; ");

/** Nodes run by this account. */
export const ownAccess = (
  account: SetsidAccess["account"],
  sleep: Sleep,
  grace: StopGrace,
): SetsidAccess => ({
  kind: "setsid+user",
  owner: OWN_PROCESSES,
  files: sharedProgramFiles,
  account,
  privileged: false,
  sleep,
  grace,
  lastError,
  async spawn(node, launch, watch_ms) {
    const output = openOutput(node);
    let child: Bun.Subprocess;
    const umask = process.umask(nodeUmask(undefined));
    try {
      child = Bun.spawn([node.binary, ...launch.args], {
        cwd: node.root_dir,
        env: { ...launch.env },
        stdin: "ignore",
        stdout: output ?? "ignore",
        stderr: output ?? "ignore",
        detached: true,
      });
    } catch (error) {
      return { pid: undefined, ended: messageOf(error) };
    } finally {
      process.umask(umask);
      if (output !== undefined) closeSync(output);
    }
    child.unref();
    const ended = await Promise.race([child.exited, sleep(watch_ms).then(() => undefined)]);
    if (ended === undefined) return { pid: child.pid, ended };
    const how = child.signalCode === null ? `exit code ${ended}` : `signal ${child.signalCode}`;
    return { pid: child.pid, ended: `${how}${lastWords(node)}` };
  },
  signal: async (target, signal) => signalNow(target, signal),
});

/** Sends a signal as this account. A target that has ended is no error. */
function signalNow(target: number, signal: "TERM" | "KILL"): undefined {
  try {
    process.kill(target, `SIG${signal}`);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ESRCH") return undefined;
    if (code === "EPERM")
      throw new Denied(
        `Process ${Math.abs(target)} runs on a node's folder, but belongs to another account, so it cannot be stopped; see ps -fp ${Math.abs(target)}`,
      );
    throw error;
  }
}

/** What running nodes as another account needs. */
export type ElevatedContext = Elevation & {
  readonly run: Run;
  readonly is_root: boolean;
  readonly account: SetsidAccess["account"];
  readonly files: Files;
  readonly readers: () => number | undefined;
  readonly sleep: Sleep;
  readonly grace: StopGrace;
};

/** Nodes of another account: root starts and ends them directly, an operator through sudo. */
export const elevatedAccess = (context: ElevatedContext): SetsidAccess => ({
  kind: "setsid+sudo",
  owner: processesOfAccount(context.account.user),
  files: context.files,
  account: context.account,
  privileged: true,
  sleep: context.sleep,
  grace: context.grace,
  lastError,
  async spawn(node: Node, launch: Launch, watch_ms: number) {
    const umask = nodeUmask(context.readers()).toString(8).padStart(4, "0");
    const words = asAccount(context.asNode, START, umask, outputPath(node), node.binary, ...launch.args);
    const { stdout } = await context.run(words, { input: shellExports(launch.env), detached: true });
    await context.sleep(watch_ms);
    // sudo may print lines before it.
    const pid = /^(\d+)$/m.exec(stdout)?.[1];
    const said = lastWords(node).replace(/^: /, "");
    return { pid: pid === undefined ? undefined : Number(pid), ended: said === "" ? undefined : said };
  },
  async accountProcesses() {
    try {
      // Exit code 2: a process ended while grep read it.
      const { stdout } = await context.run(asAccount(context.asNode, SHOW_PROCESSES), { accept: [1, 2] });
      return accountProcesses(stdout, uidOf(context.account.user));
    } catch (error) {
      if (error instanceof WnmError) return undefined;
      throw error;
    }
  },
  async signal(target, signal) {
    if (context.is_root) return signalNow(target, signal);
    // The signal comes first, by name: procps 4.0.2 takes "-45" after "-s TERM --" for signal 45. See kill(1).
    const argv = ["kill", `-${signal}`, "--", String(target)] as const;
    const { code, stderr } = await runAs(context.run, context.asRoot, argv, { accept: [1] });
    // Exit code 1: the process has just ended, or kill(1) rejected its arguments.
    if (code === 0 || /no such process/i.test(stderr)) return undefined;
    return `${[...context.asRoot, ...argv].join(" ")} ended with code ${code}: ${stderr.trim().split("\n")[0]}`;
  },
});
