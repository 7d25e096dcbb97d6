import { asRootScript } from "../../os/advice.ts";
import { presenceOf } from "../../os/files/presence.ts";

const PAM_LIMITS = "/etc/security/limits.d";
/** The option of ulimit for each item of limits.conf(5). */
const ULIMIT = { nofile: "-n", nproc: "-u", as: "-v" } as const;

/** True where the limits of an account are kept in files of PAM. */
export const hasPam = (): boolean => presenceOf(PAM_LIMITS) === "present";

/** The command that raises an account's limit for good: in a file of PAM, or, where there is no PAM, before wnm. */
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
