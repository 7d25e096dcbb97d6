import { textOf } from "./open-regular.ts";

/** The mount points visible to this process, proc_pid_mountinfo(5); undefined if the system does not list them. */
export function mountPoints(): ReadonlySet<string> | undefined {
  const table = textOf("/proc/self/mountinfo", "system");
  return table === undefined
    ? undefined
    : new Set(table.split("\n").map((line) => (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, octal)));
}

/** The source of each mount point visible to this process; the last one if several are stacked. */
export function mountSources(): ReadonlyMap<string, string> {
  const table = textOf("/proc/self/mountinfo", "system") ?? "";
  return new Map(
    table.split("\n").map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [point, source] = [before.split(" ")[4] ?? "", after.split(" ")[1] ?? ""];
      return [point.replace(/\\(\d{3})/g, octal), source.replace(/\\(\d{3})/g, octal)];
    }),
  );
}

const octal = (_: string, digits: string): string => String.fromCharCode(Number.parseInt(digits, 8));
