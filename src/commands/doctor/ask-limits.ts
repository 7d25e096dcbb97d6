import { type Node, nodeLabel } from "../../model/node.ts";
import { asRoot } from "../../os/advice.ts";
import { programPath } from "../../os/command.ts";
import { kernelText } from "../../os/files/kernel-text.ts";
import { hasPam, raisedForAccount } from "./account-limit.ts";
import { type Answer, found, good, type Question } from "./answer.ts";

/** Lowest acceptable limit of open files: a node uses two for each connection, plus those of its record store. */
const LEAST_FILES = 1_024;

/** Above this share of a limit, a busy hour may reach it. */
const NEAR = 0.8;

/** A running node with its account's limits (ulimit) and what it uses of them, in files and bytes. */
export type Limited = {
  readonly node: Pick<Node, "id" | "user" | "manager_type" | "service">;
  readonly pid: number;
  readonly files: number;
  readonly address_space: number;
  readonly used_address_space: number;
};

/** Checks the open-files and address-space limits of the running nodes. */
export const askLimits: Question = ({ nodes }): readonly Answer[] =>
  limitAnswers(
    nodes.flatMap((node) => {
      const { pid } = node;
      if (node.status !== "RUNNING" || pid === undefined) return [];
      const [limits, status] = ["limits", "status"].map((name) => kernelText(`/proc/${pid}/${name}`));
      return limits === undefined || status === undefined ? [] : limitedBy({ node, pid }, limits, status);
    }),
  );

/** Parses /proc/PID/limits and /proc/PID/status; a limit that is missing there counts as unlimited. Pure. */
export function limitedBy(of: Pick<Limited, "node" | "pid">, limits: string, status: string): Limited {
  const soft = (name: string): number =>
    Number(new RegExp(`^${name}\\s+(\\d+)\\s`, "m").exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    ...of,
    files: soft("Max open files"),
    address_space: soft("Max address space"),
    used_address_space: field("VmSize") * 1024,
  };
}

/** The findings for these limits. Pure. */
export function limitAnswers(all: readonly Limited[]): readonly Answer[] {
  if (all.length === 0) return [];
  const answers = [...all.flatMap(fewFiles), ...all.flatMap(littleMemory)];
  return answers.length === 0
    ? [good(`each node may open ${Math.min(...all.map(({ files }) => files))} files`)]
    : answers;
}

/** The command that raises a limit for the running process and for whatever the account starts later. */
function raise(
  { node: { user }, pid }: Limited,
  item: Parameters<typeof raisedForAccount>[1],
  value: string,
): string {
  const lasting = raisedForAccount(user, item, value, "wnm.conf");
  if (programPath("prlimit") === undefined) return lasting;
  const now = asRoot(`prlimit --${item}=${value}:${value} --pid ${pid}`);
  return hasPam() ? `${lasting} && ${now}` : now;
}

/** The systemctl call for the node; `revert` helps because only a drop-in can have lowered the limit of wnm's unit. */
const systemctlOf = ({ manager_type }: Limited["node"]): string =>
  manager_type.endsWith("+user") ? "systemctl --user" : asRoot("systemctl");

const fewFiles = (limited: Limited): readonly Answer[] =>
  limited.files >= LEAST_FILES
    ? []
    : [
        found("few-files", {
          node: limited.node.id,
          sentence: `${nodeLabel(limited.node)} may open only ${limited.files} files, and uses two for each connection`,
          cure: limited.node.manager_type.startsWith("systemd")
            ? `${systemctlOf(limited.node)} revert ${limited.node.service} && wnm --force_action restart --service_name ${nodeLabel(limited.node)}`
            : raise(limited, "nofile", "65536"),
        }),
      ];

const littleMemory = (limited: Limited): readonly Answer[] =>
  limited.used_address_space <= NEAR * limited.address_space
    ? []
    : [
        found("little-address-space", {
          node: limited.node.id,
          sentence: `${nodeLabel(limited.node)} uses ${limited.used_address_space} of the ${limited.address_space} bytes of address space that it may have (ulimit -v), and crashes when it needs more`,
          cure: raise(limited, "as", "unlimited"),
        }),
      ];
