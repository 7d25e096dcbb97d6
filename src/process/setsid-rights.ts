import { closeSync, constants, openSync } from "node:fs";
import { WnmError } from "../errors.ts";
import type { Node } from "../model/node.ts";
import type { Run } from "../os/command.ts";
import { elevatedFiles, plainFiles } from "../os/files.ts";
import { textIn, withRegularFile } from "../os/regular-file.ts";
import type { Launch } from "./manager.ts";
import type { SetsidRights } from "./setsid.ts";

type Sleep = (ms: number) => Promise<void>;

/** What a node prints goes here; it begins anew at each start, so it stays as short as one life's last words. */
const OUTPUT = "output.log";

/** The node must not hold the pipes of the command that starts it. */
const SILENTLY = 'exec "$0" "$@" </dev/null >/dev/null 2>&1';

/** Nodes of this very account. */
export const ownRights = (account: SetsidRights["account"], sleep: Sleep): SetsidRights => ({
  kind: "setsid+user",
  files: plainFiles,
  account,
  privileged: false,
  sleep,
  lastError,
  async spawn(node, launch, watch_ms) {
    const output = openOutput(node);
    let child: Bun.Subprocess;
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
      return error instanceof Error ? error.message : String(error);
    } finally {
      if (output !== undefined) closeSync(output);
    }
    child.unref();
    const ended = await Promise.race([child.exited, sleep(watch_ms).then(() => undefined)]);
    if (ended === undefined) return undefined;
    return `${child.signalCode === null ? `exit code ${ended}` : `signal ${child.signalCode}`}${lastWords(node)}`;
  },
  async signal(target, signal) {
    try {
      process.kill(target, `SIG${signal}`);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ESRCH") return;
      if (code === "EPERM")
        throw new WnmError(
          `Process ${Math.abs(target)} runs on a node's folder, but belongs to another account, so it cannot be stopped; see ps -fp ${Math.abs(target)}`,
        );
      throw error;
    }
  },
});

/** Nodes of another account, through sudo or as root: `as` runs a command as root, `asNode` as that account. */
export const elevatedRights = (
  run: Run,
  as: readonly string[],
  asNode: readonly string[],
  account: SetsidRights["account"],
  sleep: Sleep,
): SetsidRights => ({
  kind: "setsid+sudo",
  files: elevatedFiles(run, as, account.user),
  account,
  privileged: true,
  sleep,
  // The node's words go to /dev/null: its log folder is not ours to write to.
  lastError: () => undefined,
  async spawn(node: Node, launch: Launch, watch_ms: number) {
    const env = Object.entries(launch.env).map(([name, value]) => `${name}=${value}`);
    const command = ["env", "-i", ...env, "setsid", "-f", "sh", "-c", SILENTLY, node.binary, ...launch.args];
    const [program = "", ...args] = [...asNode, ...command];
    await run([program, ...args]);
    await sleep(watch_ms);
    return undefined;
  },
  async signal(target, signal) {
    const [program = "", ...args] = [...as, "kill", "-s", signal, "--", String(target)];
    // 1: the process has just gone.
    await run([program, ...args], { accept: [1] });
  },
});

function openOutput(node: Node): number | undefined {
  if (node.log_dir === undefined) return undefined;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    // A pipe in its place would hold wnm until somebody reads it.
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;
    return openSync(`${node.log_dir}/${OUTPUT}`, flags, 0o640);
  } catch {
    // Without a place for its words a node runs as well.
    return undefined;
  }
}

const MOST_OUTPUT = 4_000;

/** The last lines that the node printed, made harmless for reports and logs. */
function outputOf(node: Node): readonly string[] {
  const text = withRegularFile(`${node.log_dir}/${OUTPUT}`, (file) =>
    textIn(file, MOST_OUTPUT, Math.max(0, file.size - MOST_OUTPUT)),
  );
  return (text ?? "")
    .replace(/[^\x20-\x7e\n]+/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function lastWords(node: Node): string {
  const words = outputOf(node).slice(0, 2).join(" / ").slice(0, 300);
  return words === "" ? "" : `: ${words}`;
}

function lastError(node: Node): string | undefined {
  return outputOf(node)
    .findLast((line) => /error|panicked|failed|cannot/i.test(line))
    ?.slice(0, 300);
}
