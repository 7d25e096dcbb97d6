import { dirname } from "node:path";
import { WnmError } from "../errors.ts";
import type { Files } from "../os/files.ts";
import { writeTextFile } from "../os/text-file.ts";
import { definitionOf, GRACE_S } from "./docker-arguments.ts";
import type { Engine, Look } from "./docker-engine.ts";
import init from "./docker-init.sh" with { type: "text" };
import { isOurs, isUp, oneLine, type Seen } from "./docker-inspect.ts";

const START_MS = 180_000;

/** The container of that name as it is now; undefined when there is none. Throws when the engine does not tell or it is not ours. */
export async function findContainer(
  engine: Engine,
  name: string,
  storage: string,
): Promise<Seen | undefined> {
  const look: Look | undefined = (await engine.look([name])).get(name);
  if (look === undefined || look === "missing") return undefined;
  if ("unknown" in look) throw new WnmError(`It is unknown whether container ${name} runs: ${look.unknown}`);
  if (!isOurs(look, storage)) throw new WnmError(notOurs(name));
  return look;
}

/** Why a container is left alone that has the right name and not our labels. */
export const notOurs = (name: string): string =>
  `the container ${name} was not made by this colony and is left alone; rename it or remove it by hand`;

/** Makes the container unless it is there; one that is there stays as it is. */
export async function ensureContainer(
  engine: Engine,
  place: { readonly name: string; readonly storage: string; readonly image: string },
  create: readonly string[],
): Promise<Seen | undefined> {
  const found = await findContainer(engine, place.name, place.storage);
  if (found !== undefined) return found;
  await engine.ensureImage(place.image);
  await engine.call(create);
  return findContainer(engine, place.name, place.storage);
}

/** Makes a container anew that does not run and is of another definition than `create`. */
export async function renewContainer(
  engine: Engine,
  place: { readonly name: string; readonly storage: string; readonly image: string },
  create: readonly string[],
): Promise<void> {
  const found = await ensureContainer(engine, place, create);
  if (found === undefined || isCurrent(found, create)) return;
  await engine.ensureImage(place.image);
  await engine.call(["rm", place.name]);
  await engine.call(create);
}

/** True when the container was made with these very arguments. */
export const isCurrent = (seen: Seen, create: readonly string[]): boolean =>
  Object.values(seen.labels).includes(definitionOf(create));

/** Starts a container that is there. Throws with the engine's reason. */
export const startContainer = (engine: Engine, name: string) =>
  engine.call(["start", name], { deadline_ms: START_MS });

/** Stops the container with all that runs in it: politely, then by force. One that is gone or stopped is no error. */
export async function stopContainer(engine: Engine, name: string, storage: string): Promise<void> {
  const found = await findContainer(engine, name, storage);
  if (found === undefined || !isUp(found)) return;
  await engine.call(["stop", "--time", String(GRACE_S), name]);
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

/** Why a container ended, for people; undefined when it was asked to. */
export function endOf(seen: Seen): string | undefined {
  if (seen.out_of_memory) return "it was killed for lack of memory; see --memory in --docker_args";
  if (seen.error !== "") return oneLine(seen.error);
  return [0, 130, 137, 143].includes(seen.exit_code) ? undefined : `exit code ${seen.exit_code}`;
}

/** Puts the containers' first process where they mount it, and makes the folders that they mount. */
export async function placeControl(files: Files, control: string, folders: readonly string[]): Promise<void> {
  const all = [control, ...folders].flatMap((folder) => [dirname(folder), folder]);
  for (const folder of new Set(all)) await files.makeFolder(folder);
  writeTextFile(`${control}/init.sh`, init, 0o644);
}
