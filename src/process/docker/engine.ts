import { CommandFailed, Denied, WnmError } from "../../base/errors.ts";
import { asRoot } from "../../os/advice.ts";
import { type CommandOptions, type CommandResult, programPath, type Run } from "../../os/command.ts";
import { presenceOf } from "../../os/files/presence.ts";
import { isBootedBySystemd } from "../../os/systemd-booted.ts";
import { type ContainerInfo, INSPECT_FORMAT, readInspect, readMissing } from "./inspect.ts";
import { oneLine } from "./one-line.ts";

/** The docker command line, or Podman's, which accepts the same commands. Every call has a timeout. */
export interface Engine {
  /** Runs one command. Throws WnmError with the engine's message, except for exit codes in `accept`. */
  call(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Looks up the containers of these names in one call. */
  inspect(names: readonly string[]): Promise<ReadonlyMap<string, ContainerLookup>>;
  /** Pulls the image if this machine does not have it. Throws WnmError. */
  ensureImage(image: string): Promise<void>;
  /** Arguments for `create` that make files created inside belong to the account. */
  identity(): Promise<{ readonly user: string; readonly args: readonly string[] }>;
  /** The last lines of a container's output; "" when there are none. */
  lastWords(name: string): Promise<string>;
}

/** A container, "missing", or why it is unknown whether it exists. */
export type ContainerLookup = ContainerInfo | "missing" | { readonly unknown: string };

/** The engine's command-line program, and the account that owns the containers. */
export type EngineAccess = {
  readonly program: string;
  readonly run: Run;
  readonly uid: number;
  readonly gid: number;
};

const LOOK_MS = 20_000;
const CALL_MS = 180_000;
const PULL_MS = 15 * 60_000;

/** The default engine of this account's docker program. */
export function dockerEngine({ program, run, uid, gid }: EngineAccess): Engine {
  // Podman keeps its state below this folder; without it, cron would see different containers from a login. Variables
  // that select another engine are not passed on, because every run must see the same containers.
  const runtime = `/run/user/${uid}`;
  const env: Record<string, string> = presenceOf(runtime) === "present" ? { XDG_RUNTIME_DIR: runtime } : {};
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

    async inspect(names) {
      if (names.length === 0) return new Map();
      const accept = Array.from({ length: 255 }, (_, i) => i + 1);
      const words = ["container", "inspect", "--format", INSPECT_FORMAT, ...names];
      let answer: CommandResult;
      try {
        answer = await raw(words, { accept, deadline_ms: LOOK_MS });
      } catch (error) {
        const unknown = explained(program, ["container", "inspect"], error).message;
        return new Map(names.map((name) => [name, { unknown }]));
      }
      const found = readInspect(answer.stdout);
      const missing = readMissing(answer.stderr);
      const unknown = `the container engine gives no state: ${oneLine(answer.stderr) || "no answer"}`;
      return new Map(
        names.map((name) => [name, found.get(name) ?? (missing.has(name) ? "missing" : { unknown })]),
      );
    },

    ensureImage: (image) => ensureImage(engine.call, image),

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

async function ensureImage(call: Engine["call"], image: string): Promise<void> {
  const words = ["image", "inspect", "--format", "{{.Id}}", image];
  const { code, stderr } = await call(words, { accept: [1, 125] });
  if (code === 0) return;
  if (!/no such image|image not known|failed to find image/i.test(stderr))
    throw new WnmError(`The container engine does not say whether it has image ${image}: ${oneLine(stderr)}`);
  if (isLocal(image)) {
    throw new WnmError(
      `The image ${image} is not on this machine, and a local one is never pulled; build it, for example with: wnm --dockerfile | docker build -t ${image} -`,
    );
  }
  await call(["pull", "--quiet", image], { deadline_ms: PULL_MS });
}

/** True for images that cannot come from a registry: host "localhost", tag "local", or only a digest. */
export const isLocal = (image: string): boolean =>
  image.startsWith("localhost/") || /:local(@|$)/.test(image) || /^(sha256:)?[0-9a-f]{12,64}$/.test(image);

async function identityOf(raw: Engine["call"], uid: number, gid: number) {
  const own = { user: `${uid}:${gid}`, args: [] };
  if (uid === 0) return own;
  const { stdout: version } = await raw(["--version"], { accept: [1, 125] });
  // Rootless engines map this account to root inside by default.
  if (/podman/i.test(version)) return { ...own, args: ["--userns", "keep-id"] };
  const { stdout } = await raw(["info", "--format", "{{json .SecurityOptions}}"], { accept: [1, 125] });
  return /name=rootless/.test(stdout) ? { user: "0:0", args: [] } : own;
}

/** " with: COMMAND", the command that adds an account to the engine's group on this machine; "" without one. */
export function addToGroupHint(): string {
  if (programPath("usermod") !== undefined) return ` with: ${asRoot("usermod -aG docker USER")}`;
  return programPath("addgroup") === undefined ? "" : ` with: ${asRoot("addgroup USER docker")}`;
}

/** Turns a failed call into an error that says what to do. Rethrows anything that is not a WnmError. */
function explained(program: string, args: readonly string[], error: unknown): WnmError {
  if (!(error instanceof WnmError)) throw error;
  if (!(error instanceof CommandFailed)) return error;
  const what = `${program} ${args.slice(0, args[0] === "container" ? 2 : 1).join(" ")}`;
  if (error.is_late) return new WnmError(`${what} did not end in time; check the container engine`);
  const said = oneLine(error.stderr);
  if (/cannot connect to the docker daemon|connection refused|is the docker daemon running/i.test(said)) {
    return new WnmError(
      `The container engine is not running (${what}: ${said}); start it${isBootedBySystemd() ? `, for example with: ${asRoot("systemctl start docker")}` : " as this machine starts its services"}`,
    );
  }
  if (/permission denied.*(docker\.sock|daemon socket)/i.test(said)) {
    return new Denied(
      `This account may not use the container engine (${what}: ${said}); add it to its group${addToGroupHint()}`,
    );
  }
  return new WnmError(`${what} ended with code ${error.code}: ${said}`);
}
