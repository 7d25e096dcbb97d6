import { CommandFailed, NoRights, WnmError } from "../errors.ts";

export type CommandOptions = {
  /** The child is killed after this long. */
  readonly deadline_ms?: number;
  readonly input?: string | Uint8Array;
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are not a failure. */
  readonly accept?: readonly number[];
};
export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs one program to its end. Throws CommandFailed, or WnmError when there is no such program. */
export type Run = (argv: readonly [string, ...string[]], options?: CommandOptions) => Promise<CommandResult>;

const DEADLINE_MS = 30_000;
/** How long output may still come after the program's end. */
const OUTPUT_GRACE_MS = 1_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** Folders that programs are looked for in: cron's PATH is too short, and the caller's is not to be trusted. */
export const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The environment every child starts with: nothing of ours but the home folder. */
export const cleanEnvironment = (home: string): Readonly<Record<string, string>> => ({
  PATH: SEARCH_PATH,
  HOME: home,
  LC_ALL: "C",
});

const inputOf = (input: CommandOptions["input"]): "ignore" | Uint8Array => {
  if (input === undefined) return "ignore";
  return typeof input === "string" ? new TextEncoder().encode(input) : input;
};
/** Where a program of this machine is; undefined when it is not installed. */
export const programPath = (name: string): string | undefined =>
  Bun.which(name, { PATH: SEARCH_PATH }) ?? undefined;

/** The runner for programs that end; children that live on are started by the setsid driver. */
export const commandRunner =
  (home: string): Run =>
  async (argv, options = {}) => {
    const [program, ...args] = argv;
    const found = program.includes("/") ? program : programPath(program);
    if (found === undefined) throw new WnmError(`${program} is not installed (looked in ${SEARCH_PATH})`);
    const child = await spawned([found, ...args], home, options);
    const enough = new AbortController();
    const output = Promise.all([collect(child.stdout, enough.signal), collect(child.stderr, enough.signal)]);
    const code = await child.exited;
    // What the program left running may hold its output open for ever.
    const timer = setTimeout(() => enough.abort(), OUTPUT_GRACE_MS);
    const [stdout, stderr] = await output;
    clearTimeout(timer);
    if (child.signalCode !== null) throw new CommandFailed(argv, null, stderr);
    if (code !== 0 && argv[0] === "sudo" && /^sudo: /m.test(stderr)) throw new NoRights(argv, stderr);
    if (code !== 0 && !options.accept?.includes(code)) throw new CommandFailed(argv, code, stderr);
    return { code, stdout, stderr };
  };

type Child = Bun.Subprocess<"ignore" | Uint8Array, "pipe", "pipe">;

/** How long a program is waited for that another one is just writing, such as an antctl that a killed run has left. */
const WRITTEN_MS = 5_000;
const POLL_MS = 50;

async function spawned(argv: readonly string[], home: string, options: CommandOptions): Promise<Child> {
  const patience = performance.now() + WRITTEN_MS;
  for (;;) {
    try {
      return Bun.spawn([...argv], {
        env: { ...cleanEnvironment(home), ...options.env },
        cwd: "/",
        stdin: inputOf(options.input),
        stdout: "pipe",
        stderr: "pipe",
        timeout: options.deadline_ms ?? DEADLINE_MS,
        killSignal: "SIGKILL",
        maxBuffer: MAX_OUTPUT_BYTES,
      });
    } catch (error) {
      const busy = error instanceof Error && "code" in error && error.code === "ETXTBSY";
      if (!busy || performance.now() > patience)
        throw new WnmError(`${argv[0]} cannot be run: ${error instanceof Error ? error.message : error}`);
      await Bun.sleep(POLL_MS);
    }
  }
}

async function collect(stream: ReadableStream<Uint8Array>, enough: AbortSignal): Promise<string> {
  const reader = stream.getReader();
  enough.addEventListener("abort", () => void reader.cancel());
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}

const NOW_DEADLINE_MS = 5_000;

/** Runs a small program of the system to its end while everything waits; undefined when it fails. */
export function outputNow(argv: readonly [string, ...string[]]): string | undefined {
  const [program, ...args] = argv;
  const found = Bun.which(program, { PATH: SEARCH_PATH });
  if (found === null) return undefined;
  try {
    const { exitCode, stdout } = Bun.spawnSync([found, ...args], {
      env: { PATH: SEARCH_PATH, LC_ALL: "C", TZ: "UTC" },
      stdin: "ignore",
      stderr: "ignore",
      timeout: NOW_DEADLINE_MS,
      killSignal: "SIGKILL",
    });
    return exitCode === 0 ? stdout.toString() : undefined;
  } catch {
    return undefined;
  }
}
