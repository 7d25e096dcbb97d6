import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Lines "name(arguments) = result" of every thread's system calls. */
export async function traced(argv: readonly string[], home: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "wnm-budget-"));
  try {
    const child = Bun.spawn(["strace", "-ff", "-s", "64", "-y", "-o", join(folder, "trace"), ...argv], {
      env: { HOME: home, PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(stderr);
    // One file per thread, so that no line is interrupted by another thread's.
    return [...new Bun.Glob("trace.*").scanSync(folder)].flatMap((file) =>
      readFileSync(join(folder, file), "utf8").split("\n"),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Sum of the values that the calls returned: bytes. */
export const bytesOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Math.max(0, Number(/ = (-?\d+)(?: |$)/.exec(line)?.[1] ?? 0)), 0);
