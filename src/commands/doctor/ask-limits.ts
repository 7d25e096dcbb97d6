import { type Node, nodeLabel } from "../../model/node.ts";
import { asRoot } from "../../os/advice.ts";
import { kernelText } from "../../os/files/kernel-text.ts";
import { raisedForAccount } from "./account-limit.ts";
import { type Answer, found, good, type Question } from "./answer.ts";

/** A node holds two files for each connection, and its store. */
const LEAST_FILES = 1_024;
/** Above this share of a limit the next busy hour reaches it. */
const NEAR = 0.8;

/** A running node with its account's limits (ulimit) and what it uses of them, in files, bytes and threads. */
export type Limited = {
  readonly node: Pick<Node, "id" | "user" | "manager_type" | "service">;
  readonly files: number;
  readonly address_space: number;
  readonly processes: number;
  readonly used_address_space: number;
  readonly threads: number;
};

/** How many files, bytes of memory and threads the running nodes may have. */
export const askLimits: Question = ({ nodes }): readonly Answer[] =>
  limitAnswers(
    nodes.flatMap((node) => {
      const { pid } = node;
      if (node.status !== "RUNNING" || pid === undefined) return [];
      const [limits, status] = ["limits", "status"].map((name) => kernelText(`/proc/${pid}/${name}`));
      return limits === undefined || status === undefined ? [] : limitedBy(node, limits, status);
    }),
  );

/** The texts of /proc/PID/limits and /proc/PID/status; what they do not say limits nothing. Pure. */
export function limitedBy(node: Limited["node"], limits: string, status: string): Limited {
  const soft = (name: string): number =>
    Number(new RegExp(`^${name}\\s+(\\d+)\\s`, "m").exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    node,
    files: soft("Max open files"),
    address_space: soft("Max address space"),
    processes: soft("Max processes"),
    used_address_space: field("VmSize") * 1024,
    threads: field("Threads"),
  };
}

/** What is wrong with these limits. Threads count for the whole account, and root has no limit of them. Pure. */
export function limitAnswers(all: readonly Limited[]): readonly Answer[] {
  if (all.length === 0) return [];
  const answers = [...all.flatMap(fewFiles), ...all.flatMap(littleMemory), ...fewThreads(all)];
  return answers.length === 0
    ? [good(`each node may open ${Math.min(...all.map(({ files }) => files))} files`)]
    : answers;
}

const raise = (user: string, item: Parameters<typeof raisedForAccount>[1], value: string): string =>
  `raise the limit for its account: ${raisedForAccount(user, item, value, "wnm.conf")}; log in again and restart it`;

/** wnm's units allow enough; a drop-in has lowered it. */
const systemctlOf = ({ manager_type }: Limited["node"]): string =>
  manager_type.endsWith("+user") ? "systemctl --user" : asRoot("systemctl");

const fewFiles = ({ node, files }: Limited): readonly Answer[] =>
  files >= LEAST_FILES
    ? []
    : [
        found("few-files", {
          node: node.id,
          sentence: `${nodeLabel(node)} may open only ${files} files, and has two for each connection`,
          cure: node.manager_type.startsWith("systemd")
            ? `${systemctlOf(node)} revert ${node.service} && wnm --force_action restart --service_name ${nodeLabel(node)}`
            : raise(node.user, "nofile", "65536"),
        }),
      ];

const littleMemory = ({ node, address_space, used_address_space }: Limited): readonly Answer[] =>
  used_address_space <= NEAR * address_space
    ? []
    : [
        found("little-address-space", {
          node: node.id,
          sentence: `${nodeLabel(node)} uses ${used_address_space} of the ${address_space} bytes of address space that it may have (ulimit -v), and ends when it wants more`,
          cure: raise(node.user, "as", "unlimited"),
        }),
      ];

function fewThreads(all: readonly Limited[]): readonly Answer[] {
  return [...new Set(all.map(({ node }) => node.user))].flatMap((user) => {
    const own = all.filter(({ node }) => node.user === user);
    const [threads, most] = [
      own.reduce((sum, one) => sum + one.threads, 0),
      Math.min(...own.map(({ processes }) => processes)),
    ];
    return user === "root" || threads <= NEAR * most
      ? []
      : found("few-threads", {
          subject: user,
          sentence: `The nodes of ${user} have ${threads} threads, and the account may have ${most} (ulimit -u): the next node may not start`,
          cure: raise(user, "nproc", "unlimited"),
        });
  });
}
