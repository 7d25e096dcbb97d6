import { CommandFailed, WnmError } from "../errors.ts";
import type { CommandOptions, CommandResult, Run } from "../os/command.ts";
import { exists } from "../os/files.ts";
import { INSPECT_FORMAT, oneLine, readInspect, readMissing, type Seen } from "./docker-inspect.ts";

/** The docker command line, or Podman's of the same words. Every call has a deadline. */
export interface Engine {
  /** Throws WnmError with the engine's own words; exit codes in `accept` are no failure. */
  call(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Containers of these names in one call: what was seen, undefined for one that is not there, or why it is unknown. */
  look(names: readonly string[]): Promise<ReadonlyMap<string, Look>>;
  /** The image is on this machine afterwards; it is pulled only when it is not. Throws WnmError. */
  ensureImage(image: string): Promise<void>;
  /** Arguments of `create` by which files inside belong to the account. */
  identity(): Promise<{ readonly user: string; readonly args: readonly string[] }>;
  /** The last lines that a container printed; empty when there are none. */
  lastWords(name: string): Promise<string>;
}

export type Look = Seen | "missing" | { readonly unknown: string };

/** Whose containers they are, and by which program. */
export type EngineAccess = {
  readonly program: string;
  readonly run: Run;
  readonly uid: number;
  readonly gid: number;
};

const LOOK_MS = 20_000;
const CALL_MS = 180_000;
const PULL_MS = 15 * 60_000;

/** The engine that this account's docker program talks to by itself. */
export function dockerEngine({ program, run, uid, gid }: EngineAccess): Engine {
  // Podman keeps its state below this folder; without it cron's runs would see other containers than a login does.
  // Variables that name another engine are not handed on: the same containers must be seen by every run.
  const runtime = `/run/user/${uid}`;
  const env: Record<string, string> = exists(runtime) ? { XDG_RUNTIME_DIR: runtime } : {};
  const raw: Engine["call"] = (args, options) =>
    run([program, ...args], { deadline_ms: CALL_MS, ...options, env });
  let known: ReturnType<Engine["identity"]> | undefined;

  const engine: Engine = {
    async call(args, options) {
      try {
        return await raw(args, options);
      } catch (error) {
        throw explained(program, args, error);
      }
    },

    async look(names) {
      if (names.length === 0) return new Map();
      const accept = Array.from({ length: 255 }, (_, i) => i + 1);
      const inspect = ["container", "inspect", "--format", INSPECT_FORMAT, ...names];
      let answer: CommandResult;
      try {
        answer = await raw(inspect, { accept, deadline_ms: LOOK_MS });
      } catch (error) {
        const unknown = explained(program, ["container", "inspect"], error).message;
        return new Map(names.map((name) => [name, { unknown }]));
      }
      const seen = readInspect(answer.stdout);
      const missing = readMissing(answer.stderr);
      const unknown = `the container engine does not tell: ${oneLine(answer.stderr) || "no answer"}`;
      return new Map(
        names.map((name) => [name, seen.get(name) ?? (missing.has(name) ? "missing" : { unknown })]),
      );
    },

    async ensureImage(image) {
      const { code, stderr } = await engine.call(["image", "inspect", "--format", "{{.Id}}", image], {
        accept: [1, 125],
      });
      if (code === 0) return;
      if (!/no such image|image not known|failed to find image/i.test(stderr))
        throw new WnmError(`The container engine does not tell about image ${image}: ${oneLine(stderr)}`);
      if (isLocal(image)) {
        throw new WnmError(
          `The image ${image} is not on this machine, and a local one is never pulled; build it, for example with: wnm --dockerfile | docker build -t ${image} -`,
        );
      }
      await engine.call(["pull", "--quiet", image], { deadline_ms: PULL_MS });
    },

    identity() {
      known ??= identityOf(raw, uid, gid);
      return known;
    },

    async lastWords(name) {
      const { stdout, stderr } = await engine.call(["logs", "--tail", "5", name], { accept: [1, 125] });
      return oneLine(`${stdout}\n${stderr}`);
    },
  };
  return engine;
}

/** Images that no registry has: of the host "localhost", with the tag "local", or named by their digest alone. */
export const isLocal = (image: string): boolean =>
  image.startsWith("localhost/") || /:local(@|$)/.test(image) || /^(sha256:)?[0-9a-f]{12,64}$/.test(image);

async function identityOf(raw: Engine["call"], uid: number, gid: number) {
  const own = { user: `${uid}:${gid}`, args: [] };
  if (uid === 0) return own;
  const { stdout: version } = await raw(["--version"], { accept: [1, 125] });
  // Rootless engines map this account to root inside, unless told otherwise.
  if (/podman/i.test(version)) return { ...own, args: ["--userns", "keep-id"] };
  const { stdout } = await raw(["info", "--format", "{{json .SecurityOptions}}"], { accept: [1, 125] });
  return /name=rootless/.test(stdout) ? { user: "0:0", args: [] } : own;
}

/** The engine's failure in words that say what to do; bugs are thrown on. */
function explained(program: string, args: readonly string[], error: unknown): WnmError {
  if (!(error instanceof WnmError)) throw error;
  if (!(error instanceof CommandFailed)) return error;
  const what = `${program} ${args.slice(0, args[0] === "container" ? 2 : 1).join(" ")}`;
  if (error.code === null) return new WnmError(`${what} did not end in time; is the container engine well?`);
  const said = oneLine(error.stderr);
  if (/cannot connect to the docker daemon|connection refused|is the docker daemon running/i.test(said)) {
    return new WnmError(
      `The container engine does not run (${what}: ${said}); start it, for example with: sudo systemctl start docker`,
    );
  }
  if (/permission denied.*(docker\.sock|daemon socket)/i.test(said)) {
    return new WnmError(
      `This account may not use the container engine (${what}: ${said}); add it to its group with: sudo usermod -aG docker USER`,
    );
  }
  return new WnmError(`${what} ended with code ${error.code}: ${said}`);
}
