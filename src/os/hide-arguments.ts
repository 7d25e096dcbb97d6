import { constants, writeSync } from "node:fs";
import { kernelText } from "./files/kernel-text.ts";
import { withOpenFile } from "./files/open-file.ts";

/** Index of arg_start among the fields of proc_pid_stat(5) that follow the program's name. */
const ARG_START = 45;

/** Overwrites these arguments in this process's command line, so that ps does not show them. Linux only. Never fails. */
export function hideArguments(secrets: readonly string[]): void {
  const shown = secrets.filter((secret) => secret !== "");
  if (shown.length === 0) return;
  try {
    const line = kernelText("/proc/self/cmdline") ?? "";
    const stat = kernelText("/proc/self/stat") ?? "";
    const start = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[ARG_START]);
    if (!Number.isSafeInteger(start) || start <= 0) return;
    withOpenFile("/proc/self/mem", constants.O_WRONLY, (fd) => {
      for (const secret of shown)
        for (let at = line.indexOf(secret); at >= 0; at = line.indexOf(secret, at + 1)) {
          const bytes = Buffer.alloc(Buffer.byteLength(secret), "*");
          writeSync(fd, bytes, 0, bytes.length, start + Buffer.byteLength(line.slice(0, at)));
        }
    });
  } catch {
    // If the kernel refuses, they stay visible for the duration of the call.
  }
}
