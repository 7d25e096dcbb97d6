import type { Ended } from "../support/wnm.ts";

/** Runs a program to its end with only the given variables in its environment. */
export async function endOf(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = "/",
): Promise<Ended> {
  const child = Bun.spawn([...argv], { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}
