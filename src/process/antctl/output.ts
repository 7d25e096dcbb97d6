import { WnmError } from "../errors.ts";

/** What antctl's registry says of a service, as far as wnm asks. Folders are absolute. */
export type AntctlEntry = {
  readonly service: string;
  readonly status: "Added" | "Running" | "Stopped" | "Removed";
  readonly binary: string;
  readonly root_dir: string;
  readonly log_dir: string;
  readonly node_port: number | undefined;
  readonly metrics_port: number | undefined;
  readonly rpc_port: number | undefined;
  readonly version: string | undefined;
};

/** Text without the codes that colour a terminal and without other control characters. */
export const withoutColour = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a progress bar leaves behind.
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");

/** The service that `antctl add` says it has added: name and folders. undefined when it says none. */
export function addedIn(
  stdout: string,
): Pick<AntctlEntry, "service" | "binary" | "root_dir" | "log_dir"> | undefined {
  const text = withoutColour(stdout);
  const listed = text.slice(text.indexOf("Services Added:") + 1);
  const service = /^\s*✓\s+(antnode\d+)\s*$/m.exec(listed)?.[1];
  const field = (name: string): string | undefined =>
    new RegExp(`^\\s*- ${name}: (/.*?)\\s*$`, "m").exec(listed)?.[1];
  const [binary, root_dir, log_dir] = [field("Antnode path"), field("Data path"), field("Log path")];
  if (service === undefined || binary === undefined || root_dir === undefined || log_dir === undefined) {
    return undefined;
  }
  return { service, binary, root_dir, log_dir };
}

/** Why antctl failed, in its own words: the lines it marks with ✕, else the first of its error report. */
export function failureIn(stdout: string, stderr: string): string {
  const marked = [...withoutColour(`${stdout}\n${stderr}`).matchAll(/^\s*✕\s*(.+?)\s*$/gm)].map(
    (match) => match[1] ?? "",
  );
  if (marked.length > 0) return marked.join("; ");
  const report = withoutColour(stderr);
  const cause = /^\s*0:\s*(.+?)\s*$/m.exec(report)?.[1] ?? /^error: (.+?)\s*$/m.exec(report)?.[1];
  return cause ?? report.trim().split("\n").at(-1)?.trim() ?? "";
}

/**
 * The services in what `antctl status --json` printed, removed ones included. An empty registry prints nothing at all;
 * old builds print log lines around the document. Throws WnmError for anything else.
 */
export function statusIn(stdout: string): readonly AntctlEntry[] {
  const text = withoutColour(stdout);
  if (text.trim() === "") return [];
  const lines = text.split("\n");
  const [first, last] = [
    lines.findIndex((line) => line.trimEnd() === "{"),
    lines.findLastIndex((line) => line.trimEnd() === "}"),
  ];
  // Log lines alone: an empty registry under --debug.
  if (first < 0 && !text.includes('"nodes"')) return [];
  const document = first >= 0 && last > first ? lines.slice(first, last + 1).join("\n") : text;
  try {
    const { nodes } = JSON.parse(document) as { nodes: unknown };
    if (Array.isArray(nodes)) return nodes.map(entryOf);
  } catch {
    // Told below.
  }
  throw new WnmError(
    "antctl status --json printed no document that wnm understands; see what it prints by hand",
  );
}

const STATUSES = ["Added", "Running", "Stopped", "Removed"] as const;

function entryOf(raw: unknown): AntctlEntry {
  const fields = raw as Readonly<Record<string, unknown>>;
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  const port = (name: string): number | undefined =>
    typeof fields[name] === "number" ? fields[name] : undefined;
  const status = STATUSES.find((known) => known === fields.status);
  if (status === undefined || text("service_name") === "")
    throw new WnmError("a service without name or status");
  const rpc = Number(/:(\d+)$/.exec(text("rpc_socket_addr"))?.[1] ?? Number.NaN);
  return {
    service: text("service_name"),
    status,
    binary: text("antnode_path"),
    root_dir: text("data_dir_path").replace(/(?<=.)\/+$/, ""),
    log_dir: text("log_dir_path").replace(/(?<=.)\/+$/, ""),
    node_port: port("node_port"),
    metrics_port: port("metrics_port"),
    rpc_port: Number.isNaN(rpc) ? undefined : rpc,
    version: text("version") === "" ? undefined : text("version"),
  };
}
