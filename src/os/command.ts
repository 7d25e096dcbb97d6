import { CommandFailed, errorCode, NoRights, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import type { Runnable } from "../model/program-path.ts";
import { SUDO_FAILED, sudoRefusal } from "./sudo.ts";

export type CommandOptions = {
  /** The child is killed after this long. */
  readonly deadline_ms?: number;
  /** Standard input: text, bytes, or an open file. */
  readonly input?: string | Uint8Array | { readonly fd: number };
  /** Runs it in a new session, so that it cannot inject input into this terminal. */
  readonly detached?: boolean;
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Decodes output as latin1, one character per byte, instead of UTF-8. */
  readonly bytes?: true;
  /** Exit codes other than 0 that count as success. */
  readonly accept?: readonly number[];
};
export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. Throws CommandFailed, or WnmError when it is not installed. */
export type Run = (
  argv: readonly [Runnable, ...string[]],
  options?: CommandOptions,
) => Promise<CommandResult>;

const DEADLINE_MS = 30_000;
/** A timer may fire this much early; a kill signal before that came from somebody else. */
const ROUNDING_MS = 50;
/** How long to wait for output after the program has ended. */
const OUTPUT_GRACE_MS = 1_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** The search path for programs: cron's PATH is too short, and the caller's is not trusted. */
export const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The environment of every child: nothing is inherited except HOME. */
export const cleanEnvironment = (home: string): Readonly<Record<string, string>> => ({
  PATH: SEARCH_PATH,
  HOME: home,
  LC_ALL: "C",
});

const inputOf = (input: CommandOptions["input"]): "ignore" | number | Uint8Array => {
  if (input === undefined) return "ignore";
  if (typeof input === "string") return new TextEncoder().encode(input);
  return "fd" in input ? input.fd : input;
};
/** The path of an installed program; undefined when it is not installed. */
export const programPath = (name: string): string | undefined =>
  Bun.which(name, { PATH: SEARCH_PATH }) ?? undefined;

/** Creates the runner for programs that end; long-running children are started by the setsid manager. */
export const commandRunner =
  (home: string): Run =>
  async (argv, options = {}) => {
    const [program, ...args] = argv;
    const found = program.includes("/") ? program : programPath(program);
    if (found === undefined) throw new WnmError(`${program} is not installed (looked in ${SEARCH_PATH})`);
    const child = await spawned([found, ...args], home, options);
    const late_at = performance.now() + (options.deadline_ms ?? DEADLINE_MS) - ROUNDING_MS;
    const enough = new AbortController();
    const encoding = options.bytes === true ? "latin1" : "utf8";
    let floods = false;
    const collected = (stream: ReadableStream<Uint8Array>) =>
      collect(stream, encoding, enough.signal, () => {
        floods = true;
        enough.abort();
        child.kill("SIGKILL");
      });
    const output = Promise.all([collected(child.stdout), collected(child.stderr)]);
    const code = await child.exited;
    const is_late = performance.now() >= late_at;
    // A background child of the program may keep its output open forever.
    const timer = setTimeout(() => enough.abort(), OUTPUT_GRACE_MS);
    const [stdout, stderr] = await output;
    clearTimeout(timer);
    if (floods)
      throw new CommandFailed(argv, null, "", `printed more than ${MAX_OUTPUT_BYTES} bytes and was ended`);
    if (child.signalCode !== null)
      throw new CommandFailed(argv, null, stderr, is_late ? undefined : `was ended by ${child.signalCode}`);
    const refusal = argv[0] === "sudo" && code === SUDO_FAILED ? sudoRefusal(stderr) : undefined;
    if (refusal !== undefined) throw new NoRights(argv, refusal);
    if (code !== 0 && !options.accept?.includes(code)) throw new CommandFailed(argv, code, stderr);
    return { code, stdout, stderr };
  };

type Child = Bun.Subprocess<"ignore" | number | Uint8Array, "pipe", "pipe">;

/** How long to retry a program file that another process is still writing, such as an antctl left by a killed run. */
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
        detached: options.detached ?? false,
        maxBuffer: MAX_OUTPUT_BYTES,
      });
    } catch (error) {
      const busy = errorCode(error) === "ETXTBSY";
      if (!busy || performance.now() > patience)
        throw new WnmError(
          errorCode(error) === "ENOEXEC"
            ? `${argv[0]} is not a program for this machine`
            : `${argv[0]} cannot be run: ${messageOf(error)}`,
        );
      await Bun.sleep(POLL_MS);
    }
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  encoding: "utf8" | "latin1",
  enough: AbortSignal,
  flooded: () => void,
): Promise<string> {
  const reader = stream.getReader();
  enough.addEventListener("abort", () => void reader.cancel());
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces).toString(encoding);
    pieces.push(value);
    length += value.length;
    if (length >= MAX_OUTPUT_BYTES) flooded();
  }
}

const NOW_DEADLINE_MS = 5_000;

/** Runs a small program of the system synchronously; undefined when it fails. */
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
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return exitCode === 0 ? stdout.toString() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * True when the program ends by itself within this many milliseconds, whatever its exit code. Otherwise sends SIGKILL
 * without waiting, because a process blocked on a disk or a share may not end before that responds. The program keeps the
 * open file `stdin` as long as it lives.
 */
export async function endsInTime(
  argv: readonly [string, ...string[]],
  ms: number,
  stdin: number | "ignore" = "ignore",
): Promise<boolean> {
  const child = Bun.spawn([...argv], {
    env: { PATH: SEARCH_PATH, LC_ALL: "C" },
    cwd: "/",
    stdin,
    stdout: "ignore",
    stderr: "ignore",
  });
  const ended = await Promise.race([child.exited.then(() => true), Bun.sleep(ms).then(() => false)]);
  if (ended) return true;
  child.kill("SIGKILL");
  child.unref();
  return false;
}
