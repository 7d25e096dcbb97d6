import { programPath } from "./command.ts";

/** The command as people type it to have root's rights here: behind sudo or doas only where that is installed. */
export function asRoot(command: string): string {
  if (process.getuid?.() === 0) return command;
  const helper = ["sudo", "doas"].find((name) => programPath(name) !== undefined);
  return helper === undefined ? `as root: ${command}` : `${helper} ${command}`;
}

/** How to find out here which program holds a port, by what is installed. */
export function whoHolds(port: number): string {
  const program = ["ss", "netstat"].find((name) => programPath(name) !== undefined);
  return program === undefined
    ? "find out which program holds it and end that, or give the node another port"
    : `see who it is with: ${asRoot(`${program} -lntup`)} | grep ':${port} '`;
}
