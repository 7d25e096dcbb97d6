import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import type { Seconds } from "../../model/node.ts";
import type { Files } from "../../os/files/node-files.ts";
import { writeTextFile } from "../../os/files/own-text-file.ts";
import { definitionOf } from "./arguments.ts";
import type { ContainerLookup, Engine } from "./engine.ts";
import init from "./init.sh" with { type: "text" };
import { type ContainerInfo, isOurs, isUp } from "./inspect.ts";
import { oneLine } from "./one-line.ts";

const START_MS = 180_000;

/** The container of that name; undefined when there is none. Throws when that is unknown or it is not ours. */
export async function findContainer(
  engine: Engine,
  name: string,
  storage: string,
): Promise<ContainerInfo | undefined> {
  const lookup = (await engine.inspect([name])).get(name);
  if (lookup === undefined || lookup === "missing") return undefined;
  if ("unknown" in lookup)
    throw new WnmError(`It is unknown whether container ${name} runs: ${lookup.unknown}`);
  if (!isOurs(lookup, storage)) throw new WnmError(notOurs(name));
  return lookup;
}

/** The message for a container with the right name but without our labels. */
export const notOurs = (name: string): string =>
  `the container ${name} was not made by this colony and is left alone; rename it or remove it yourself`;

/** A container to be created: its name, the storage that identifies it as ours, and its image. */
export type ContainerPlace = { readonly name: string; readonly storage: string; readonly image: string };

/** Creates the container unless it exists; an existing one is not changed. */
export async function ensureContainer(
  engine: Engine,
  place: ContainerPlace,
  create: readonly string[],
): Promise<ContainerInfo | undefined> {
  const found = await findContainer(engine, place.name, place.storage);
  if (found !== undefined) return found;
  await engine.ensureImage(place.image);
  await engine.call(create);
  return findContainer(engine, place.name, place.storage);
}

/** Rebuilds a stopped container whose definition differs from `create`. */
export async function renewContainer(
  engine: Engine,
  place: ContainerPlace,
  create: readonly string[],
): Promise<void> {
  const found = await ensureContainer(engine, place, create);
  if (found === undefined || isCurrent(found, create)) return;
  await engine.ensureImage(place.image);
  await engine.call(["rm", place.name]);
  await engine.call(create);
}

/** True when the container was created with exactly these arguments. */
export const isCurrent = (container: ContainerInfo, create: readonly string[]): boolean =>
  Object.values(container.labels).includes(definitionOf(create));

/** Starts an existing container. Throws with the engine's error message. */
export const startContainer = (engine: Engine, name: string) =>
  engine.call(["start", name], { deadline_ms: START_MS });

/** Stop timeout, in seconds, of a container without a running node. */
const LEFT_S = 10;

/** Stops the container and everything in it, killing it after this many seconds. A missing or stopped one is no error. */
export async function stopContainer(
  engine: Engine,
  name: string,
  storage: string,
  seconds: Seconds = LEFT_S,
): Promise<void> {
  const found = await findContainer(engine, name, storage);
  if (found === undefined || !isUp(found)) return;
  await engine.call(["stop", "--time", String(seconds), name]);
  const left = await findContainer(engine, name, storage);
  if (left !== undefined && isUp(left))
    throw new WnmError(`The container ${name} does not stop (it is ${left.status})`);
}

/** Removes a stopped container. Throws when it still runs. */
export async function removeContainer(engine: Engine, name: string, storage: string): Promise<void> {
  const found = await findContainer(engine, name, storage);
  if (found === undefined) return;
  await engine.call(["rm", name]);
  if ((await findContainer(engine, name, storage)) !== undefined)
    throw new WnmError(`The container ${name} is still there after it was removed`);
}

/** Why a container ended, for messages; undefined when it was stopped on request. */
export function endOf(container: ContainerInfo): string | undefined {
  if (container.out_of_memory) return "it was killed for lack of memory; see --memory in --docker_args";
  if (container.error !== "") return oneLine(container.error);
  return [0, 130, 137, 143].includes(container.exit_code) ? undefined : `exit code ${container.exit_code}`;
}

/** Writes the containers' init script and creates the folders that they mount. */
export async function placeControl(files: Files, control: string, folders: readonly string[]): Promise<void> {
  const all = [control, ...folders].flatMap((folder) => [dirname(folder), folder]);
  for (const folder of new Set(all)) await files.makeFolder(folder, "wnm's");
  placeInit(control);
}

/** Writes this version's init script for the containers. */
export const placeInit = (control: string): void => writeTextFile(`${control}/init.sh`, init, 0o644);

/** The containers as database rows; those whose state is unknown keep their old row. */
export const containerRows = (
  lookups: ReadonlyMap<string, ContainerLookup>,
): ReadonlyMap<string, { readonly engine_id: string; readonly status: string }> =>
  new Map([...lookups].flatMap(([name, lookup]) => rowOf(name, lookup)));

function rowOf(name: string, lookup: ContainerLookup): [string, { engine_id: string; status: string }][] {
  if (lookup === "missing") return [[name, { engine_id: name, status: "MISSING" }]];
  return "unknown" in lookup
    ? []
    : [[name, { engine_id: lookup.engine_id, status: lookup.status.toUpperCase() }]];
}
