import { hostname, release } from "node:os";
import { resolve as resolvePath } from "node:path";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { VERSION } from "../../base/version.ts";
import type { ColonyEvent } from "../../model/event.ts";
import { accountOf } from "../../os/account.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { isThere } from "../../os/files/presence.ts";
import { discard, putInPlace } from "../../os/files/write-whole.ts";
import { expandHome } from "../../os/paths.ts";
import { UNIT_FOLDER } from "../../process/systemd/access.ts";
import { blanked } from "../../report/blanked.ts";
import { nodeDetailsText } from "../../report/node-details.ts";
import { withoutSecrets } from "../../settings/machine.ts";
import { openStoreToRead, type Store } from "../../store/colony.ts";
import type { Context } from "../context.ts";

/** The number of recent events in a bundle. */
const MOST_EVENTS = 500;
/** The number of units in a bundle; one node's unit looks like the next. */
const MOST_UNITS = 3;

/** Writes a redacted support bundle to a new file, atomically, mode 0600. Throws WnmError. */
export function writeBundle(context: Context, typed: string, doctor: string): string {
  const { world, options } = context;
  const path = resolvePath(expandHome(typed, world.home));
  if (isThere(path)) throw new WnmError(`${path} exists, and wnm does not overwrite it; name another`);
  const beside = `${path}.${process.pid}.new`;
  const sections = [["doctor", doctor], ["versions", versions()], ...colonySections(context)] as const;
  const text = sections.map(([name, content]) => `== ${name}\n${content.trimEnd()}\n`).join("\n");
  const names = { home: world.home, user: accountOf(world.uid)?.user, host: hostname() };
  try {
    putInPlace(path, blanked(text, names), { mode: 0o600, beside });
  } catch (error) {
    discard(beside);
    throw new WnmError(
      `The bundle ${path} cannot be written: ${messageOf(error)}; ${options.paths.base} is untouched`,
    );
  }
  return path;
}

const versions = (): string =>
  [
    `wnm ${VERSION}, Bun ${Bun.version}, ${process.platform} ${release()} ${process.arch}`,
    /^PRETTY_NAME=(.*)$/m.exec(textOf("/etc/os-release", "system") ?? "")?.[1] ?? "",
  ].join("\n");

/** The bundle's sections on the colony; none when the database cannot be read, which the doctor has already reported. */
function colonySections(context: Context): readonly (readonly [name: string, content: string])[] {
  const { options, world } = context;
  try {
    using store = openStoreToRead(options.paths.database);
    const events = store.events().slice(-MOST_EVENTS);
    return [
      ["settings", settingsText(store)],
      [
        "nodes",
        nodeDetailsText(store.nodes(), { now: world.clock.now(), surveyed_at: store.sample()?.taken_at }),
      ],
      ["events", events.map((event) => JSON.stringify(withoutValues(event))).join("\n")],
      ["units", unitsText(store, world.home)],
    ];
  } catch (error) {
    if (error instanceof WnmError) return [];
    throw error;
  }
}

/** Removes the values of node environment variables and arguments from an event: they may contain secrets. */
const withoutValues = (event: ColonyEvent): ColonyEvent =>
  event.kind === "setting" && /^(?:environment|start_args)\b/.test(event.reason)
    ? { ...event, from_status: undefined, to_status: undefined, reason: event.reason.split(" ", 1)[0] ?? "" }
    : event;

/** The stored settings without the nodes' environment variables and arguments, which may contain secrets. */
const settingsText = (store: Store): string =>
  Object.entries(withoutSecrets(store.machine() ?? {}))
    .map(([name, value]) => {
      const is_own = name === "environment" || name === "start_args";
      return `${name}: ${is_own && value !== undefined ? "[blank]" : String(value)}`;
    })
    .join("\n");

const unitsText = (store: Store, home: string): string =>
  store
    .nodes()
    .slice(0, MOST_UNITS)
    .flatMap(({ service }) =>
      [`${UNIT_FOLDER}/${service}`, `${home}/.config/systemd/user/${service}`].flatMap((path) => {
        const text = textOf(path, "definition");
        return text === undefined ? [] : [`-- ${path}`, text.replace(/^(\s*Environment=).*$/gm, "$1[blank]")];
      }),
    )
    .join("\n");
