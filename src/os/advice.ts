import { shellWord } from "../base/shell-word.ts";
import { programPath } from "./command.ts";

/** The command as people type it to have root's rights here: behind sudo, doas or su, as installed; else as root types it. */
export function asRoot(command: string): string {
  if (process.getuid?.() === 0) return command;
  const helper = ["sudo", "doas", "su"].find((name) => programPath(name) !== undefined);
  if (helper === undefined) return command;
  return helper === "su" ? `su -c ${shellWord(command)}` : `${helper} ${command}`;
}

/** How to find out here which program holds a port, by what is installed. */
export function whoHolds(port: number): string {
  const program = ["ss", "netstat"].find((name) => programPath(name) !== undefined);
  return program === undefined
    ? `grep -i ':${port.toString(16).padStart(4, "0")} ' /proc/net/udp /proc/net/udp6 /proc/net/tcp`
    : `${asRoot(`${program} -lntup`)} | grep ':${port} '`;
}
