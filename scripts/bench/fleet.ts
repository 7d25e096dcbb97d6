import { join } from "node:path";

/** Nodes that do not answer: none, a twentieth that refuse, or a twentieth that accept and stay silent. */
export const FAULTS = ["none", "refused", "hanging"] as const;
export type Fault = (typeof FAULTS)[number];

/** A running fake fleet; its nodes have the ports first + 1 to first + count. */
export type Fleet = AsyncDisposable & {
  readonly pid: number;
  readonly count: number;
  /** Every node answers. */
  readonly faultless: boolean;
  /** Thousands block of the metrics ports. */
  readonly block: number;
};

const SHARE = "5%";

/** So many blocks behind its metrics port is a node's own port. */
export const PORT_BLOCK = 22;

const BLOCKS = [13, 14, 12, 15, 11, 16, 10] as const;

/** Starts the fleet on the first block of ports where nobody else listens. Throws when there is none. */
export async function startFleet(count: number, fault: Fault, share = SHARE): Promise<Fleet> {
  for (const block of BLOCKS) {
    const faults = fault === "none" ? [] : [`--${fault}=${share}`];
    const fleet = await tryBlock(block, count, faults);
    if (fleet !== undefined) return fleet;
  }
  throw new Error(`No ${count} free ports from ${BLOCKS.join("001, ")}001 on`);
}

async function tryBlock(block: number, count: number, faults: readonly string[]): Promise<Fleet | undefined> {
  const child = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "../../test/fixtures/fleet.ts"),
      `--first=${block * 1000 + 1}`,
      `--count=${count}`,
      // The ports of the colony's nodes.
      `--udp=${(block + PORT_BLOCK) * 1000 + 1}`,
      ...faults,
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  );
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value === undefined) return undefined;
  return {
    pid: child.pid,
    count,
    faultless: faults.length === 0,
    block,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}
