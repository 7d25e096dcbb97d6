import { basename } from "node:path";
import { type LivingProcess, listProcesses, livingProcess } from "./process-id.ts";

/** Living nodes by their --root-dir, the oldest process first. undefined when processes cannot be listed. */
export function nodesByFolder(): ReadonlyMap<string, readonly LivingProcess[]> | undefined {
  const processes = listProcesses();
  if (processes === undefined) return undefined;
  const found = new Map<string, LivingProcess[]>();
  for (const { pid, argv } of processes) {
    if (!/^ant-?node$/.test(basename((argv[0] ?? "").replace(/ \(deleted\)$/, "")))) continue;
    const folder = folderOf(argv);
    const process = folder === undefined ? undefined : livingProcess(pid);
    if (folder === undefined || process === undefined) continue;
    found.set(
      folder,
      [...(found.get(folder) ?? []), process].toSorted((a, b) => a.pid_started - b.pid_started),
    );
  }
  return found;
}

function folderOf(argv: readonly string[]): string | undefined {
  const at = argv.indexOf("--root-dir");
  const folder =
    at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith("--root-dir="))?.slice("--root-dir=".length);
  return folder === undefined || folder === "/" ? folder : folder.replace(/\/+$/, "");
}
