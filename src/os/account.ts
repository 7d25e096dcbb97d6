import { readFileSync } from "node:fs";

/** An account of this machine, by name or number; undefined when there is none. passwd(5); no child process. */
export function accountOf(wanted: string | number): { user: string; home: string } | undefined {
  let table: string;
  try {
    table = readFileSync("/etc/passwd", "utf8");
  } catch {
    return undefined;
  }
  for (const line of table.split("\n")) {
    const [user = "", , uid, , , home = ""] = line.split(":");
    if (user !== "" && (user === wanted || uid === String(wanted))) return { user, home };
  }
  return undefined;
}
