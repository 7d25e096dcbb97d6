import { outputNow } from "./command.ts";
import { textOf } from "./files/open-regular.ts";

/** An account of a machine. */
export type Account = { readonly user: string; readonly home: string };
/** An account with its uid and primary gid. */
export type NumberedAccount = Account & { readonly uid: number; readonly gid: number };

/** An account of this machine, by name or number; undefined when there is none. */
export const accountOf = (wanted: string | number): Account | undefined =>
  // Most accounts of macOS are not in passwd(5) but in Open Directory, which id(1) asks.
  process.platform === "darwin"
    ? accountIn(outputNow(["id", "-P", String(wanted)]) ?? "")
    : linuxAccount(wanted);

/** The uid of an account of this machine, by name or number; undefined when there is none. */
export const uidOf = (user: string): number | undefined =>
  /^\d+$/.test(user) ? Number(user) : idsOf(user)?.uid;

/** The uid and primary gid of an account, by name or number; undefined when there is none. */
export function idsOf(wanted: string | number): { readonly uid: number; readonly gid: number } | undefined {
  if (process.platform !== "darwin") return linuxAccount(wanted);
  const fields = (outputNow(["id", "-P", String(wanted)]) ?? "").trim().split(":");
  const [uid, gid] = [Number(fields[2] || Number.NaN), Number(fields[3] || Number.NaN)];
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
}

const known = new Map<string | number, NumberedAccount | undefined>();

/** Looks in passwd(5), then in the other account sources of this machine. Cached for the run. */
function linuxAccount(wanted: string | number): NumberedAccount | undefined {
  const found = accountInPasswd(textOf("/etc/passwd", "system") ?? "", wanted);
  if (found !== undefined) return found;
  if (!known.has(wanted)) known.set(wanted, accountInDirectory(wanted));
  return known.get(wanted);
}

/** Looks up an account known only to NSS, such as LDAP, SSSD or systemd-homed. See getent(1), nsswitch.conf(5). */
function accountInDirectory(wanted: string | number): NumberedAccount | undefined {
  const name = String(wanted);
  if (/^-|[:\n]/.test(name) || name === "" || hasOnlyPasswd(textOf("/etc/nsswitch.conf", "system") ?? ""))
    return undefined;
  const line = outputNow(["getent", "passwd", name]) ?? "";
  const [entry] = accountsIn(line);
  // Directory services may ignore case in names.
  const is_it = entry?.uid === Number(name) || entry?.user.toLowerCase() === name.toLowerCase();
  return is_it ? entry : undefined;
}

/** True when the text of nsswitch.conf(5) says that all accounts are in /etc/passwd. Pure. */
export const hasOnlyPasswd = (nsswitch: string): boolean =>
  /^[ \t]*passwd:[ \t]*files[ \t]*(?:#.*)?$/m.test(nsswitch);

/** An account in the text of passwd(5), by name or number. Pure. */
export const accountInPasswd = (text: string, wanted: string | number): NumberedAccount | undefined =>
  accountsIn(text).find(({ user, uid }) => user === wanted || uid === wanted || String(uid) === wanted);

/** The accounts in the text of passwd(5). Pure. */
export const accountsIn = (text: string): readonly NumberedAccount[] =>
  text.split("\n").flatMap((line) => {
    const [user = "", , uid = "", gid = "", , home = ""] = line.split(":");
    return user !== "" && /^\d+$/.test(uid) && /^\d+$/.test(gid)
      ? { user, home, uid: Number(uid), gid: Number(gid) }
      : [];
  });

/** The account in a line of `id -P` of macOS: ten fields, name first and home ninth. Pure. */
export function accountIn(line: string): Account | undefined {
  const fields = line.trim().split(":");
  const [user = "", home = ""] = [fields[0], fields.at(-2)];
  return fields.length === 10 && user !== "" && home.startsWith("/") ? { user, home } : undefined;
}
