import { LABEL } from "./docker-arguments.ts";

/** What the engine says of a container. */
export type Seen = {
  readonly name: string;
  readonly engine_id: string;
  /** "created", "running", "restarting", "exited", "paused" … */
  readonly status: string;
  readonly exit_code: number;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
  readonly out_of_memory: boolean;
  /** How often the engine has started it again by itself. */
  readonly restarts: number;
  readonly image: string;
  /** What its entry point is given. */
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
};

/** Template of `docker container inspect` that `readInspect` reads: one line of JSON each. Podman knows it, too. */
export const INSPECT_FORMAT = [
  '{"name":{{json .Name}}',
  '"engine_id":{{json .ID}}',
  '"state":{{json .State}}',
  '"restarts":{{json .RestartCount}}',
  '"image":{{json .Config.Image}}',
  '"command":{{json .Config.Cmd}}',
  '"labels":{{json .Config.Labels}}}',
].join(",");

/** Containers by name, as `docker container inspect --format INSPECT_FORMAT` printed them; lines of another form are left out. */
export function readInspect(printed: string): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const line of printed.split("\n")) {
    const container = readLine(line);
    if (container !== undefined) seen.set(container.name, container);
  }
  return seen;
}

function readLine(line: string): Seen | undefined {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { name, engine_id, state, restarts, image, command, labels } = fieldsOf(read);
  const { Status, ExitCode, OOMKilled, Error: error } = fieldsOf(state);
  if (typeof name !== "string" || typeof engine_id !== "string" || typeof Status !== "string")
    return undefined;
  return {
    // Docker puts a slash before the name, Podman does not.
    name: name.replace(/^\//, ""),
    engine_id,
    status: Status.toLowerCase(),
    exit_code: typeof ExitCode === "number" ? ExitCode : 0,
    error: typeof error === "string" ? error : "",
    out_of_memory: OOMKilled === true,
    restarts: typeof restarts === "number" ? restarts : 0,
    image: typeof image === "string" ? image : "",
    command: Array.isArray(command) ? command.map(String) : [],
    labels: Object.fromEntries(
      Object.entries(fieldsOf(labels)).map(([label, value]) => [label, String(value)]),
    ),
  };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** Names that the engine said it does not have: 'Error: No such container: a1', 'no such object: "a1"'. */
export const readMissing = (stderr: string): ReadonlySet<string> =>
  new Set(
    [
      ...stderr.matchAll(
        /no (?:such )?container(?: with name or ID)?:? "?([\w.-]+)"?|no such object: "?([\w.-]+)"?/gi,
      ),
    ].map((match) => match[1] ?? match[2] ?? ""),
  );

/** True for a container that wnm made for this storage. */
export const isOurs = (seen: Seen, storage: string): boolean => seen.labels[LABEL.colony] === storage;

/** True while a process of the container may live. */
export const isUp = (seen: Seen): boolean =>
  !["created", "exited", "dead", "configured", "stopped"].includes(seen.status);

/** What `list` of a shared container's init said of each node. */
export function readList(
  printed: string,
): ReadonlyMap<string, { state: "running" | "waiting" | "stopped"; code: number }> {
  const nodes = new Map<string, { state: "running" | "waiting" | "stopped"; code: number }>();
  for (const match of printed.matchAll(/^(antnode\d{4,}) (running|waiting|stopped)(?: (\d+))?$/gm)) {
    const [, name = "", state, code] = match;
    nodes.set(name, { state: state as "running" | "waiting" | "stopped", code: Number(code ?? 0) });
  }
  return nodes;
}

/** Text of an engine or a node as one harmless line: its last three, each told once. */
export const oneLine = (text: string): string => {
  const lines = text.split("\n").map((line) => line.replace(/[^\x20-\x7e]+/g, " ").trim());
  return [...new Set(lines.filter((line) => line !== ""))].slice(-3).join(" / ").slice(0, 300);
};
