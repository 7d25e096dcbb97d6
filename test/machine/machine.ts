import { join } from "node:path";

/** How a command ended, with its output; a signal counts as code 128 + its number. */
export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** How a command runs inside a machine. */
export type ExecOptions = {
  /** Runs in a login session of this user, as ssh provides; without it, as root without a session. */
  readonly user?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this time the command is killed, and `exec` throws; 120 s if not given. */
  readonly timeout_ms?: number;
};

/** How a machine is built. */
export type MachineOptions = {
  /** Debian packages in addition to the usual ones; each set of packages is built once. */
  readonly packages?: readonly string[];
  /** Files and folders of the host that appear inside; a file that is written in place changes inside too. */
  readonly binds?: readonly { readonly host: string; readonly inside: string; readonly readOnly?: boolean }[];
  /** The size of the whole disk, so that it can be filled; without it the host's disk is the limit. */
  readonly disk_mb?: number;
  /** How long the machine seems to be up when it first boots. */
  readonly uptime_s?: number;
  /** The cgroup layout: the host's, unless `unified` requests cgroup v2 alone. */
  readonly cgroup?: "hybrid" | "unified";
};

/** A running throw-away machine; `await using` destroys it at the end of the block. */
export type Machine = AsyncDisposable & {
  /** The instance's name and the machine's hostname: unique among the processes of the host. */
  readonly name: string;
  /** Runs a command inside; throws only if there is no machine to run it in, or at its deadline. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<Result>;
  /** Runs a command of the host as root in the network at the other end of the machine's cable. */
  readonly peer: (
    argv: readonly string[],
    options?: Pick<ExecOptions, "input" | "timeout_ms">,
  ) => Promise<Result>;
  /** Copies a file of the host into the machine, owned by root; keeps its mode if none is given. */
  readonly push: (hostPath: string, insidePath: string, mode?: number) => Promise<void>;
  /** Writes a file inside, owned by root, with its folders; mode 0644 if none is given. */
  readonly writeFile: (inside: string, text: string, mode?: number) => Promise<void>;
  /** Reads a file inside, as root. */
  readonly readFile: (inside: string) => Promise<string>;
  /** Makes the clock of the machine's cron, and of nothing else, run 30 times faster: a minute takes two seconds. */
  readonly fastCron: () => Promise<void>;
  /** Reboots in an orderly way and waits until the machine is up again. */
  readonly reboot: () => Promise<void>;
  /** Powers the machine off at once and deletes everything, disk included. */
  readonly stop: () => Promise<void>;
};

/** The machine's address as its peer sees it. */
export const MACHINE_ADDRESS = "10.231.7.2";

/** The peer's address as the machine sees it. */
export const PEER_ADDRESS = "10.231.7.1";

const SCRIPT = join(import.meta.dirname, "machine.sh");
const SCRIPT_FAILED = 125;
const BUILD_AND_BOOT_MS = 570_000;
const REBOOT_MS = 280_000;
const STOP_MS = 120_000;
const EXEC_MS = 120_000;
/** How much longer the outside waits than the inside's own deadline. */
const OUTSIDE_GRACE_MS = 60_000;
/** How long output may still arrive after a command ended: a daemon that it left behind may hold the pipe forever. */
const OUTPUT_GRACE_MS = 3_000;
const POLL_MS = 50;

type Input = string | Blob | undefined;

async function collect(stream: ReadableStream<Uint8Array>, cancelled: Promise<void>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  void cancelled.then(() => reader.cancel());
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}

async function run(argv: readonly string[], input: Input, timeout_ms: number): Promise<Result | undefined> {
  const child = Bun.spawn([...argv], {
    stdin: input === undefined ? "ignore" : new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const enough = Promise.withResolvers<void>();
  const stdout = collect(child.stdout, enough.promise);
  const stderr = collect(child.stderr, enough.promise);
  let timer: Timer | undefined;
  const deadline = new Promise<"deadline">((resolve) => {
    timer = setTimeout(resolve, timeout_ms, "deadline");
  });
  const ended = await Promise.race([child.exited, deadline]);
  clearTimeout(timer);
  if (ended === "deadline") child.kill("SIGKILL");
  else await Promise.race([Promise.all([stdout, stderr]), Bun.sleep(OUTPUT_GRACE_MS)]);
  enough.resolve();
  if (ended === "deadline") return undefined;
  return { code: ended, stdout: await stdout, stderr: await stderr };
}

function settings(instance: string, options: MachineOptions): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([key]) => key.startsWith("WNM_MACHINE_"));
  const cache = join(
    process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "/root", ".cache"),
    "wnm-machine",
  );
  const binds = options.binds?.map(
    (bind) => `${bind.host}:${bind.inside}${bind.readOnly === true ? ":ro" : ""}`,
  );
  const given = {
    WNM_MACHINE_PACKAGES: options.packages?.join(","),
    WNM_MACHINE_BIND: binds?.join(" "),
    WNM_MACHINE_DISK_MB: options.disk_mb?.toString(),
    WNM_MACHINE_UPTIME: options.uptime_s?.toString(),
    WNM_MACHINE_CGROUP: options.cgroup,
  };
  const set: Record<string, string> = { WNM_MACHINE_CACHE: cache };
  for (const [key, value] of [...inherited, ...Object.entries(given)])
    if (value !== undefined) set[key] = value;
  return { ...set, WNM_MACHINE_NAME: instance, WNM_MACHINE_OWNER: String(process.pid) };
}

/** Boots a fresh machine. If this process dies, the next boot or build of another one destroys it. */
export async function machine(name: string, options: MachineOptions = {}): Promise<Machine> {
  const instance = `${name}-${process.pid}`;
  const pairs = Object.entries(settings(instance, options)).map(([key, value]) => `${key}=${value}`);
  const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];

  async function script(command: readonly string[], input: Input, timeout_ms: number): Promise<Result> {
    const result = await run([...root, "env", ...pairs, "bash", SCRIPT, ...command], input, timeout_ms);
    if (result === undefined)
      throw new Error(`${instance}: ${command.join(" ")}: no end within ${timeout_ms} ms`);
    if (result.code === SCRIPT_FAILED && result.stderr.includes("machine.sh: ")) {
      throw new Error(`${instance}: ${result.stderr.trim()}`);
    }
    return result;
  }

  async function must(step: Promise<Result>, what: string): Promise<Result> {
    const result = await step;
    if (result.code !== 0)
      throw new Error(`${instance}: ${what}: code ${result.code}: ${result.stderr.trim()}`);
    return result;
  }

  async function withDeadline(
    place: readonly string[],
    argv: readonly string[],
    input: Input,
    timeout_ms = EXEC_MS,
  ): Promise<Result> {
    if (argv.length === 0) throw new Error(`${instance}: no command`);
    // The deadline is enforced inside, because killing the waiting program outside would leave the command running.
    const command = [...place, "timeout", "--kill-after=1", String(timeout_ms / 1000), ...argv];
    const start = performance.now();
    const result = await script(command, input, timeout_ms + OUTSIDE_GRACE_MS);
    if ((result.code === 124 || result.code === 137) && performance.now() - start >= timeout_ms) {
      const output = `${result.stdout}${result.stderr}`.trim();
      throw new Error(`${instance}: ${argv.join(" ")}: no end within ${timeout_ms} ms; it said: ${output}`);
    }
    return result;
  }

  function exec(argv: readonly string[], how: ExecOptions = {}): Promise<Result> {
    const place = ["exec", ...(how.user === undefined ? [] : ["-u", how.user]), "--"];
    const env = Object.entries(how.env ?? {}).map(([key, value]) => `${key}=${value}`);
    const command = env.length === 0 || argv.length === 0 ? argv : ["env", "--", ...env, ...argv];
    return withDeadline(place, command, how.input, how.timeout_ms);
  }

  async function install(content: Input, inside: string, mode: number): Promise<void> {
    const argv = ["install", "-D", "-m", mode.toString(8), "--", "/dev/stdin", inside];
    await must(withDeadline(["exec", "--"], argv, content), `write ${inside}`);
  }

  const made: Machine = {
    name: instance,
    exec,
    peer: (argv, how = {}) => withDeadline(["peer"], argv, how.input, how.timeout_ms),
    push: async (hostPath, insidePath, mode) => {
      const file = Bun.file(hostPath);
      await install(file, insidePath, mode ?? (await file.stat()).mode & 0o7777);
    },
    writeFile: (inside, text, mode = 0o644) => install(text, inside, mode),
    readFile: async (inside) => (await must(exec(["cat", "--", inside]), `read ${inside}`)).stdout,
    fastCron: async () => {
      const environment = 'LD_PRELOAD=/usr/lib/libfaketime.so.1 "FAKETIME=+0 x30"';
      const dropIn = "/etc/systemd/system/cron.service.d/fast.conf";
      await install(`[Service]\nEnvironment=${environment}\n`, dropIn, 0o644);
      await must(exec(["systemctl", "daemon-reload"]), "daemon-reload");
      await must(exec(["systemctl", "restart", "cron"]), "restart cron");
    },
    reboot: async () => {
      await must(script(["reboot"], undefined, REBOOT_MS), "reboot");
    },
    stop: async () => {
      await must(script(["destroy"], undefined, STOP_MS), "destroy");
    },
    [Symbol.asyncDispose]: () => made.stop(),
  };

  await must(script(["reset"], undefined, STOP_MS), "reset");
  await must(script(["boot"], undefined, BUILD_AND_BOOT_MS), "boot");
  return made;
}

/** Waits until a condition gives something other than false, null or undefined; retries one that throws. */
export async function until<T>(
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  what: string,
  deadline_ms: number,
): Promise<T> {
  const end = performance.now() + deadline_ms;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await Bun.sleep(POLL_MS);
  } while (performance.now() < end);
  throw new Error(`${what}: not within ${deadline_ms} ms`, { cause });
}
