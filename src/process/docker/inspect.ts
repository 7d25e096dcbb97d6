import * as v from "valibot";
import { LABEL } from "./arguments.ts";

/** A container as the engine describes it. */
export type ContainerInfo = {
  readonly name: string;
  readonly engine_id: string;
  /** "created", "running", "restarting", "exited", "paused" … */
  readonly status: string;
  readonly exit_code: number;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
  readonly out_of_memory: boolean;
  /** The number of automatic restarts by the engine. */
  readonly restarts: number;
  readonly image: string;
  /** Arguments of its entry point. */
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
};

/** Output template for `docker container inspect`, also valid for Podman: one line of JSON per container. */
export const INSPECT_FORMAT = [
  '{"name":{{json .Name}}',
  '"engine_id":{{json .ID}}',
  '"state":{{json .State}}',
  '"restarts":{{json .RestartCount}}',
  '"image":{{json .Config.Image}}',
  '"command":{{json .Config.Cmd}}',
  '"labels":{{json .Config.Labels}}}',
].join(",");

const text = v.fallback(v.string(), "");
const count = v.fallback(v.number(), 0);

/** A line of INSPECT_FORMAT. Missing or null fields get a default, except those that identify the container. */
const Line = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    name: v.string(),
    engine_id: v.string(),
    state: v.object({
      Status: v.string(),
      ExitCode: count,
      OOMKilled: v.fallback(v.boolean(), false),
      Error: text,
    }),
    restarts: count,
    image: text,
    command: v.fallback(v.array(v.string()), []),
    labels: v.fallback(v.record(v.string(), v.string()), {}),
  }),
  v.transform(
    ({ state, name, ...line }): ContainerInfo => ({
      ...line,
      // Docker prefixes the name with a slash, Podman does not.
      name: name.replace(/^\//, ""),
      status: state.Status.toLowerCase(),
      exit_code: state.ExitCode,
      error: state.Error,
      out_of_memory: state.OOMKilled,
    }),
  ),
);

/** Parses the output of `docker container inspect --format INSPECT_FORMAT`; other lines are ignored. */
export function readInspect(printed: string): ReadonlyMap<string, ContainerInfo> {
  const containers = printed.split("\n").flatMap((line) => {
    const { success, output } = v.safeParse(Line, line);
    return success ? [output] : [];
  });
  return new Map(containers.map((container) => [container.name, container]));
}

/** The names that the engine reports as missing: 'Error: No such container: a1', 'no such object: "a1"'. */
export const readMissing = (stderr: string): ReadonlySet<string> =>
  new Set(
    [
      ...stderr.matchAll(
        /no (?:such )?container(?: with name or ID)?:? "?([\w.-]+)"?|no such object: "?([\w.-]+)"?/gi,
      ),
    ].map((match) => match[1] ?? match[2] ?? ""),
  );

/** True for a container that wnm created for this storage. */
export const isOurs = (container: ContainerInfo, storage: string): boolean =>
  container.labels[LABEL.colony] === storage;

/** True while a process of the container may be running. */
export const isUp = (container: ContainerInfo): boolean =>
  !["created", "exited", "dead", "configured", "stopped"].includes(container.status);
