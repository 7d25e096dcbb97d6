import { asRootScript } from "../../os/advice.ts";
import { presenceOf } from "../../os/files/presence.ts";

const PAM_LIMITS = "/etc/security/limits.d";
/** The ulimit option that corresponds to each limits.conf(5) item. */
const ULIMIT = { nofile: "-n", nproc: "-u", as: "-v" } as const;

/** True where PAM applies account limits from files. */
export const hasPam = (): boolean => presenceOf(PAM_LIMITS) === "present";

/** The command that raises an account's limit permanently: a PAM limits file, or without PAM a ulimit before wnm starts. */
export const raisedForAccount = (
  user: string,
  item: keyof typeof ULIMIT,
  value: string,
  file: string,
  has_pam: boolean = hasPam(),
): string =>
  has_pam
    ? asRootScript(`echo '${user} - ${item} ${value}' >>${PAM_LIMITS}/${file}`)
    : `start wnm, and with it the nodes, after: ulimit ${ULIMIT[item]} ${value}`;
