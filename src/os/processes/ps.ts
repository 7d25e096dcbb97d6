/** A process as ps(1) lists it. */
export type ListedProcess = {
  readonly pid: number;
  readonly uid: number;
  readonly group: number;
  /** Epoch seconds. */
  readonly started: number;
  readonly argv: readonly string[];
};

/** Arguments of ps on macOS (and Linux); requires LC_ALL=C and TZ=UTC in its environment. */
export const PS = ["-axww", "-o", "pid=,uid=,pgid=,state=,lstart=,command="] as const;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LINE =
  /^\s*(\d+)\s+(-?\d+)\s+(\d+)\s+(\S+)\s+\w{3} (\w{3})\s+(\d+) (\d\d):(\d\d):(\d\d) (\d{4})\s+(.+)$/;

/** Parses the output of ps with the arguments PS, without zombies. Pure. */
export function processesIn(text: string): readonly ListedProcess[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, uid, group, state, month = "", day, hour, minute, second, year, command = ""] =
      LINE.exec(line) ?? [];
    if (pid === undefined || state?.startsWith("Z")) return [];
    const date = [year, MONTHS.indexOf(month), day, hour, minute, second].map(Number);
    const [y = 0, ...rest] = date;
    const started = Date.UTC(y, rest[0] ?? 0, ...rest.slice(1)) / 1000;
    return [
      { pid: Number(pid), uid: Number(uid), group: Number(group), started, argv: splitCommand(command) },
    ];
  });
}

/**
 * Splits a command line that ps joined with blanks. A word begins at each --flag and after each flag, so folders with
 * blanks ("Application Support") stay whole. Text after the last flag's value stays part of it.
 */
export function splitCommand(command: string): readonly string[] {
  return command.split(/\s(?=--[a-z])/).flatMap((part, i) => {
    const at = i === 0 ? -1 : part.search(/[\s=]/);
    return at < 0 || part[at] === "=" ? [part] : [part.slice(0, at), part.slice(at + 1)];
  });
}
