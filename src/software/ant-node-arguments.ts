import type { NodeArguments } from "./node-arguments.ts";

/** A parsed ant-node command line. */
export type AntNodeArguments = NodeArguments & {
  /** Its config file, if given. */
  readonly config: string | undefined;
  /** Its log level; undefined: no logging, or the program's default. */
  readonly log_level: string | undefined;
};

const SHORT: Readonly<Record<string, string>> = {
  "-p": "--port",
  "-b": "--bootstrap",
  "-c": "--config",
  "--webrtc-port": "--webrtc-direct-port",
};

/** Flags that wnm gives itself. */
const OWN: ReadonlySet<string> = new Set([
  ...["--root-dir", "--port", "--rewards-address", "--evm-network", "--stop-on-upgrade", "--metrics-port"],
  ...["--config", "--enable-logging", "--log-level", "--log-dir", "--webrtc-direct-port"],
]);

/** The environment variable equivalent to a flag (ant-node 0.23.1, src/bin/ant-node/cli.rs); undefined: none. */
export function variableOf(flag: string): string | undefined {
  if (flag === "--log-level") return "RUST_LOG";
  if (!flag.startsWith("--") || flag === "--config" || flag === "--stop-on-upgrade") return undefined;
  return `ANT_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
}

/** Parses the arguments, and the environment variables that replace missing flags. Pure. */
export function readAntNodeArguments(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): AntNodeArguments {
  const groups = groupsOf(words);
  const values = new Map(groups.map(([flag = "", value]) => [flag, value ?? ""]));
  const textOf = (flag: string): string | undefined =>
    values.get(flag) ?? env[variableOf(flag) ?? ""] ?? undefined;
  const log_dir = textOf("--log-dir");
  const logs = values.has("--enable-logging") || env.ANT_ENABLE_LOGGING === "true";
  return {
    root_dir: folder(textOf("--root-dir")),
    port: portOf(textOf("--port")),
    metrics_port: portOf(textOf("--metrics-port")),
    rpc_port: portOf(textOf("--webrtc-direct-port")),
    log_dir: logs && log_dir?.startsWith("/") === true ? folder(log_dir) : undefined,
    wallet: textOf("--rewards-address"),
    network: [textOf("--evm-network") ?? "arbitrum-one"],
    no_upnp: false,
    config: textOf("--config"),
    log_level: logs ? textOf("--log-level") : undefined,
    extra: groups.filter(([flag = "", value]) => !OWN.has(flag) && !isDefault(flag, value)),
  };
}

/** True for a flag that only states ant-node's default. Pure. */
export const isDefault = (flag: string | undefined, value: string | undefined): boolean =>
  flag === "--upgrade-channel" && value === "stable";

/** Groups arguments by flag (in its long form) with its values. Pure. */
export function groupsOf(words: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const word of words) {
    const last = groups.at(-1);
    if (!word.startsWith("-")) last?.push(word);
    else {
      const at = word.startsWith("--") ? word.indexOf("=") : -1;
      const flag = at < 0 ? word : word.slice(0, at);
      groups.push([SHORT[flag] ?? flag, ...(at < 0 ? [] : [word.slice(at + 1)])]);
    }
  }
  return groups;
}

const folder = (path: string | undefined): string | undefined =>
  path === undefined || path === "" || path === "/" ? undefined : path.replace(/\/+$/, "");

/** Parses a port; undefined for 0, which means any. */
function portOf(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}
