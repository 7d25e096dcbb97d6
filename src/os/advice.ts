import { shellWord, typedWord } from "../base/shell-word.ts";
import { programPath } from "./command.ts";

/** A command as typed on this machine to run as root, through sudo, doas or su, whichever is installed. */
export function asRoot(command: string): string {
  if (process.getuid?.() === 0) return command;
  if (programPath("sudo") !== undefined) return `sudo ${command}`;
  return programPath("doas") === undefined ? bySu(command) : `doas ${bySearchPath(command)}`;
}

/** A command as typed on this machine to run as another account, in that account's home. */
export function asAccount(user: string, command: string): string {
  const by_su = `su ${typedWord(user)} -c ${shellWord(command)}`;
  if (process.getuid?.() === 0) return by_su;
  return programPath("sudo") === undefined ? asRoot(by_su) : `sudo -H -u ${typedWord(user)} ${command}`;
}

/** Like asRoot, for lines with pipes, variables or redirections, which must be evaluated by root's shell. */
export function asRootScript(script: string): string {
  if (process.getuid?.() === 0) return script;
  const helper = ["sudo", "doas"].find((name) => programPath(name) !== undefined);
  return helper === undefined ? bySu(script) : `${helper} sh -c ${shellWord(script)}`;
}

/** With -l, because su otherwise keeps the account's PATH, which lacks /usr/sbin on Debian. */
const bySu = (script: string): string =>
  programPath("su") === undefined ? script : `su -l -c ${shellWord(script)}`;

/** Uses a full path, because doas searches the account's PATH, which lacks /usr/sbin on Debian. */
function bySearchPath(command: string): string {
  const [program = ""] = command.split(" ", 1);
  const path = programPath(program) ?? program;
  return `${/\/sbin\//.test(path) ? path : program}${command.slice(program.length)}`;
}

/** The command that installs a Debian package; a new machine must download the package lists first. */
export const installing = (name: string): string =>
  `${asRoot("apt-get update")} && ${asRoot(`apt-get install -y ${name}`)}`;

/** The command that shows which program holds a port, using whatever is installed. */
export function portHolderCommand(port: number): string {
  const program = ["ss", "netstat"].find((name) => programPath(name) !== undefined);
  return program === undefined
    ? `grep -i ':${port.toString(16).padStart(4, "0")} ' /proc/net/udp /proc/net/udp6 /proc/net/tcp`
    : `${asRoot(`${program} -lntup`)} | grep ':${port} '`;
}
