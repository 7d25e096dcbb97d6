import * as v from "valibot";
import { WnmError } from "../../base/errors.ts";

/** A service of antctl's registry: the fields that wnm uses. Folders are absolute. */
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

/** Strips ANSI codes, and the control characters that progress bars leave. */
export const withoutColour = (text: string): string => Bun.stripANSI(text).replace(/[^\P{Cc}\t\n]/gu, "");

/** The name and folders that `antctl add` reports for the new service; undefined when it reports none. */
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

/** antctl's error message: the lines marked with ✕, else the first line of its error report. */
export function failureIn(stdout: string, stderr: string): string {
  const marked = [...withoutColour(`${stdout}\n${stderr}`).matchAll(/^\s*✕\s*(.+?)\s*$/gm)].map(
    (match) => match[1] ?? "",
  );
  if (marked.length > 0) return marked.join("; ");
  const report = withoutColour(stderr);
  const cause = /^\s*0:\s*(.+?)\s*$/m.exec(report)?.[1] ?? /^error: (.+?)\s*$/m.exec(report)?.[1];
  return cause ?? report.trim().split("\n").at(-1)?.trim() ?? "";
}

const text = v.fallback(v.string(), "");
const port = v.fallback(v.optional(v.number()), undefined);
const folder = v.pipe(
  text,
  v.transform((path) => path.replace(/(?<=.)\/+$/, "")),
);

/** A service as `antctl status --json` prints it. Only name and status are required. */
const Entry = v.pipe(
  v.object({
    service_name: v.pipe(v.string(), v.nonEmpty()),
    status: v.picklist(["Added", "Running", "Stopped", "Removed"]),
    antnode_path: text,
    data_dir_path: folder,
    log_dir_path: folder,
    node_port: port,
    metrics_port: port,
    rpc_socket_addr: text,
    version: text,
  }),
  v.transform(
    (entry): AntctlEntry => ({
      service: entry.service_name,
      status: entry.status,
      binary: entry.antnode_path,
      root_dir: entry.data_dir_path,
      log_dir: entry.log_dir_path,
      node_port: entry.node_port,
      metrics_port: entry.metrics_port,
      rpc_port: portIn(entry.rpc_socket_addr),
      version: entry.version === "" ? undefined : entry.version,
    }),
  ),
);

const Status = v.pipe(v.string(), v.parseJson(), v.object({ nodes: v.array(Entry) }));

/**
 * The services that `antctl status --json` printed, removed ones included. An empty registry prints nothing at all; old
 * builds print log lines around the document. Throws WnmError for anything else.
 */
export function statusIn(stdout: string): readonly AntctlEntry[] {
  const printed = withoutColour(stdout);
  if (printed.trim() === "") return [];
  const lines = printed.split("\n");
  const first = lines.findIndex((line) => line.trimEnd() === "{");
  const last = lines.findLastIndex((line) => line.trimEnd() === "}");
  // With --debug, an empty registry prints only log lines.
  if (first < 0 && !printed.includes('"nodes"')) return [];
  const document = first >= 0 && last > first ? lines.slice(first, last + 1).join("\n") : printed;
  const status = v.safeParse(Status, document);
  if (status.success) return status.output.nodes;
  throw new WnmError(
    "antctl status --json printed no document that wnm understands; run it to see what it prints",
  );
}

function portIn(address: string): number | undefined {
  const port = /:(\d+)$/.exec(address)?.[1];
  return port === undefined ? undefined : Number(port);
}
