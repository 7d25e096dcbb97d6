import { WEBRTC_PORT } from "./webrtc-flags.ts";

/** A parsed antnode command line. */
export type NodeArguments = {
  readonly root_dir: string | undefined;
  readonly port: number | undefined;
  readonly metrics_port: number | undefined;
  readonly rpc_port: number | undefined;
  readonly log_dir: string | undefined;
  readonly wallet: string | undefined;
  /** The EVM network, followed by the arguments of that network. */
  readonly network: readonly string[];
  readonly no_upnp: boolean;
  /** Flags, with their values, that wnm does not pass on its own. */
  readonly extra: readonly (readonly string[])[];
};

/** Flags of antnode 0.3 to 0.4.17 without a value; all others take one. */
const SWITCHES: ReadonlySet<string> = new Set([
  "--alpha",
  "--enable-metrics-server",
  "--first",
  "--home-network",
  "--ignore-cache",
  "--local",
  "--no-upnp",
  "--relay",
  "--stop-on-upgrade",
  "--upnp",
  "--write-older-cache-files",
]);

/** Flags that wnm sets itself, or that only matter to antctl. */
const OWN: ReadonlySet<string> = new Set([
  "--bootstrap-cache-dir",
  "--enable-metrics-server",
  "--log-output-dest",
  "--max-archived-log-files",
  "--max-log-files",
  "--metrics-server-port",
  "--no-upnp",
  "--port",
  "--rewards-address",
  "--root-dir",
  "--rpc",
  "--stop-on-upgrade",
  WEBRTC_PORT,
  "--webrtc-port",
]);

/** Parses the arguments. Pure. */
export function readNodeArguments(words: readonly string[]): NodeArguments {
  const values = new Map<string, string>();
  const extra: (readonly string[])[] = [];
  const at = words.findIndex((word, i) => word.startsWith("evm-") && isSubcommand(words, i));
  const flags = at < 0 ? words : words.slice(0, at);
  for (let i = 0; i < flags.length; i++) {
    const [flag = "", joined] = splitOnce(flags[i] ?? "");
    if (!flag.startsWith("-")) continue;
    const alone = SWITCHES.has(flag) || joined !== undefined || (flags[i + 1] ?? "-").startsWith("-");
    const value = joined ?? (alone ? "" : (flags[++i] ?? ""));
    values.set(flag, value);
    if (!OWN.has(flag)) extra.push(value === "" ? [flag] : [flag, value]);
  }
  const port = (flag: string) => portOf(values.get(flag));
  const destination = values.get("--log-output-dest");
  return {
    root_dir: folder(values.get("--root-dir")),
    port: port("--port"),
    metrics_port: port("--metrics-server-port"),
    rpc_port: port("--rpc") ?? port(WEBRTC_PORT) ?? port("--webrtc-port"),
    log_dir: destination?.startsWith("/") ? folder(destination) : undefined,
    wallet: values.get("--rewards-address"),
    network: at < 0 ? [] : words.slice(at),
    no_upnp: values.has("--no-upnp"),
    extra,
  };
}

/** False for the value of a flag, whatever it looks like. */
const isSubcommand = (words: readonly string[], at: number): boolean => {
  const before = words[at - 1] ?? "";
  return !before.startsWith("--") || SWITCHES.has(before) || before.includes("=");
};

const splitOnce = (word: string): readonly [string, string | undefined] => {
  const at = word.startsWith("--") ? word.indexOf("=") : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
};

const folder = (path: string | undefined): string | undefined =>
  path === undefined || path === "" || path === "/" ? undefined : path.replace(/\/+$/, "");

/** Parses "55001" or "127.0.0.1:55001"; undefined for 0, which means any port. */
function portOf(text: string | undefined): number | undefined {
  const port = Number(/(?:^|:)(\d{1,5})$/.exec(text ?? "")?.[1] ?? 0);
  return port > 0 && port < 65_536 ? port : undefined;
}
