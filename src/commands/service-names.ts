import { idsNamed } from "../decide/names.ts";
import { isThere } from "../os/files/presence.ts";
import type { RunOptions } from "../settings/run-options.ts";
import { openStoreToRead } from "../store/colony.ts";

/** Converts the names in --service_name to node ids. */
export function withIds(once: RunOptions, database: string): RunOptions {
  const { service_name } = once;
  if (!service_name?.some((name) => typeof name === "string")) return once;
  if (!isThere(database)) return { ...once, service_name: idsNamed(service_name, []) };
  using store = openStoreToRead(database);
  return { ...once, service_name: idsNamed(service_name, store.nodes()) };
}
