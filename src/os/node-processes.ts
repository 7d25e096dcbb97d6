import { basename } from "node:path";
import { type LivingProcess, listProcesses, livingProcess } from "./process-id.ts";

/** Living nodes by their --root-dir, the oldest process first. undefined when processes cannot be listed. */
export function nodesByFolder(): ReadonlyMap<string, readonly LivingProcess[]> | undefined {
  const processes = listProcesses();
  if (processes === undefined) return undefined;
  const found = new Map<string, LivingProcess[]>();
  for (const { pid, argv } of processes) {
    const folder = folderOf(argv);
    if (folder === undefined || !isNode((argv[0] ?? "").replace(/ \(deleted\)$/, ""), folder)) continue;
    const process = livingProcess(pid);
    if (process === undefined) continue;
    found.set(
      folder,
      [...(found.get(folder) ?? []), process].toSorted((a, b) => a.pid_started - b.pid_started),
    );
  }
  return found;
}

/** An adopted node's program may have any name, but then it lies in the node's own folder. */
const isNode = (program: string, folder: string): boolean =>
  /^ant-?node$/.test(basename(program)) || program.startsWith(`${folder}/`);

function folderOf(argv: readonly string[]): string | undefined {
  const at = argv.indexOf("--root-dir");
  const folder =
    at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith("--root-dir="))?.slice("--root-dir=".length);
  return folder === undefined || folder === "/" ? folder : folder.replace(/\/+$/, "");
}
