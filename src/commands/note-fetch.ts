import { failureOf, type WnmError } from "../base/errors.ts";
import { getNodeFor } from "../checks/get-node.ts";
import type { Finding, OpenFinding } from "../model/finding.ts";
import { isThere } from "../os/files/presence.ts";
import { openStore, openStoreToRead, type Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { lockOf } from "./lock-colony.ts";

/** Only the next fetch may clear this finding; runs leave it alone. */
export const FETCH_FAILED: Finding["key"] = "node-program-not-fetched";

/**
 * Records a failed fetch as a finding, or clears that finding when `failure` is undefined. Does nothing when another run
 * holds the lock or the database cannot be written: the fetch has already reported its own error.
 */
export async function noteFetch(context: Context, failure: WnmError | undefined): Promise<void> {
  await failureOf(async () => {
    const { database } = context.options.paths;
    if (!isThere(database)) return;
    const earlier = earlierIn(database);
    if (failure === undefined && earlier === undefined) return;
    using _lock = lockOf(context);
    using store = openStore(database);
    const others = store.findings().filter(({ key }) => key !== FETCH_FAILED);
    store.save({
      findings: failure === undefined ? others : [...others, findingOf(context, failure, earlier, store)],
    });
  });
}

function earlierIn(database: string): OpenFinding | undefined {
  using store = openStoreToRead(database);
  return store.findings().find(({ key }) => key === FETCH_FAILED);
}

function findingOf(
  { world }: Context,
  { message }: WnmError,
  earlier: OpenFinding | undefined,
  store: Pick<Store, "nodes">,
): OpenFinding {
  const finding: Finding = {
    key: "node-program-not-fetched",
    severity: "warning",
    sentence: `The daily check for a new node program failed, and nodes keep the version that they have: ${message.split("\n", 1)[0]}`,
    cure: getNodeFor(store.nodes()).replace("--get_node", "--get_node latest"),
  };
  return { ...finding, since: earlier?.since ?? world.clock.now(), open: true };
}
