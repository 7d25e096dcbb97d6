import { writeFileSync } from "node:fs";
import { join } from "node:path";

const PROGRAM = join(import.meta.dir, "../fixtures/antctl.ts");
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Puts a stand-in antctl with these switches into the folder and returns its path. */
export function antctlScript(folder: string, switches: Readonly<Record<string, unknown>> = {}): string {
  const path = join(folder, "antctl");
  const call = `exec ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"`;
  writeFileSync(path, `#!/bin/sh\nexport ANTCTL_FAKE=${quoted(JSON.stringify(switches))}\n${call}\n`, {
    mode: 0o755,
  });
  return path;
}
