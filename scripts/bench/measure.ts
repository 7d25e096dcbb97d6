import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that is measured as a whole process. */
export type Contestant = {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Brings the world to where each round starts; not measured. */
  readonly prepare?: () => void;
  /** Its process starts some that live on, which a tracer would wait for. */
  readonly leaves_processes?: boolean;
};

/** Medians of a contestant's rounds. */
export type Measured = {
  readonly name: string;
  readonly rounds: number;
  readonly wall_ms: number;
  readonly cpu_ms: number;
  /** undefined where GNU time is not installed. */
  readonly rss_mib: number | undefined;
  /** Programs that it ran; undefined where strace is not installed. */
  readonly children: number | undefined;
  /** Why there are no figures. */
  readonly problem: string | undefined;
};

export type Pace = { readonly rounds: number; readonly budget_ms: number };

type Round = { readonly wall_ms: number; readonly cpu_ms: number };

const GNU_TIME = "/usr/bin/time";
const STRACE = "/usr/bin/strace";

/**
 * Measures every contestant once per round, each in turn with its rivals, so that a busy moment of the machine meets
 * all of them. Each measured run comes right after one that is not counted: some machines drop a program's pages from
 * memory within seconds, and who comes after a rival of 8 s would pay for reading them again (50 ms, measured). One
 * whose rounds have used up the budget sits out; one that exceeds it in one round is given up.
 */
export async function compete(contestants: readonly Contestant[], pace: Pace): Promise<readonly Measured[]> {
  const results = new Map<Contestant, Round[]>();
  const problems = new Map<Contestant, string>();
  for (const contestant of contestants) {
    results.set(contestant, []);
    const problem = await rehearse(contestant, pace.budget_ms);
    if (problem !== undefined) problems.set(contestant, problem);
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const contestant of contestants) {
      const rounds = results.get(contestant) ?? [];
      const spent = rounds.reduce((sum, { wall_ms }) => sum + wall_ms, 0);
      if (problems.has(contestant) || spent > pace.budget_ms) continue;
      await rehearse(contestant, pace.budget_ms);
      rounds.push(await timed(contestant, pace.budget_ms));
    }
  }
  const measured: Measured[] = [];
  for (const contestant of contestants) {
    const rounds = results.get(contestant) ?? [];
    const problem = problems.get(contestant);
    measured.push({
      name: contestant.name,
      rounds: rounds.length,
      wall_ms: median(rounds.map(({ wall_ms }) => wall_ms)),
      cpu_ms: median(rounds.map(({ cpu_ms }) => cpu_ms)),
      rss_mib: problem === undefined ? await peakRss(contestant) : undefined,
      children: problem === undefined ? await childrenOf(contestant) : undefined,
      problem,
    });
  }
  return measured;
}

/** One run that is not counted: it fills the caches. Gives the reason when the command does not work at all. */
async function rehearse(contestant: Contestant, limit_ms: number): Promise<string | undefined> {
  contestant.prepare?.();
  const child = Bun.spawn([...contestant.argv], {
    env: { ...contestant.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: limit_ms,
    killSignal: "SIGKILL",
  });
  const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (child.signalCode === "SIGKILL") return `more than ${Math.round(limit_ms / 1000)} s`;
  return code === 0 ? undefined : `exit code ${code}: ${stderr.trim().split("\n").at(-1)?.slice(0, 80)}`;
}

async function timed(contestant: Contestant, limit_ms: number): Promise<Round> {
  contestant.prepare?.();
  const started = Bun.nanoseconds();
  const child = Bun.spawn([...contestant.argv], {
    env: { ...contestant.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    timeout: limit_ms * 2,
    killSignal: "SIGKILL",
  });
  await child.exited;
  const wall_ms = (Bun.nanoseconds() - started) / 1e6;
  return { wall_ms, cpu_ms: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000 };
}

/** Runs the contestant under a tool that writes a file; the file's text, or undefined without the tool. */
async function under(
  tool: readonly [string, ...string[]],
  contestant: Contestant,
): Promise<string | undefined> {
  if (!existsSync(tool[0])) return undefined;
  contestant.prepare?.();
  const folder = mkdtempSync(join(tmpdir(), "wnm-bench-tool-"));
  try {
    const file = join(folder, "out");
    const child = Bun.spawn([...tool, "-o", file, ...contestant.argv], {
      env: { ...contestant.env },
      stdio: ["ignore", "ignore", "ignore"],
    });
    await child.exited;
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** getrusage() of our own child would count our own memory, which the child shares until it executes the program. */
async function peakRss(contestant: Contestant): Promise<number | undefined> {
  const kib: number[] = [];
  for (let round = 0; round < 3; round++) {
    const text = await under([GNU_TIME, "-f", "%M"], contestant);
    if (text === undefined) return undefined;
    kib.push(Number(text.trim().split("\n").at(-1)));
  }
  return median(kib) / 1024;
}

async function childrenOf(contestant: Contestant): Promise<number | undefined> {
  if (contestant.leaves_processes === true) return undefined;
  const text = await under([STRACE, "-f", "-qq", "--seccomp-bpf", "-e", "trace=execve"], contestant);
  return text === undefined ? undefined : (text.match(/execve\(.*= 0$/gm)?.length ?? 1) - 1;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - ((sorted.length + 1) % 2)], sorted[middle]];
  return (low + high) / 2;
}
