import { readFileSync } from "node:fs";
import { outputNow } from "./command.ts";

/** An account of a machine. */
export type Account = { readonly user: string; readonly home: string };

/** An account of this machine, by name or number; undefined when there is none. */
export const accountOf = (wanted: string | number): Account | undefined =>
  // Most accounts of macOS are not in passwd(5) but in Open Directory, which id(1) asks.
  process.platform === "darwin"
    ? accountIn(outputNow(["id", "-P", String(wanted)]) ?? "")
    : accountInPasswd(wanted);

function accountInPasswd(wanted: string | number): Account | undefined {
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

/** The account in a line of `id -P` of macOS: ten fields, name first and home ninth. Pure. */
export function accountIn(line: string): Account | undefined {
  const fields = line.trim().split(":");
  const [user = "", home = ""] = [fields[0], fields.at(-2)];
  return fields.length === 10 && user !== "" && home.startsWith("/") ? { user, home } : undefined;
}
