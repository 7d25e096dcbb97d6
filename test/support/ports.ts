import { createSocket } from "node:dgram";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

const free = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const tcp = createServer()
      .once("error", () => answer(false))
      .listen({ port, host: "127.0.0.1", exclusive: true }, () =>
        tcp.close(() => {
          const udp = createSocket("udp4")
            .once("error", () => answer(false))
            .bind({ port, address: "127.0.0.1", exclusive: true }, () => udp.close(() => answer(true)));
        }),
      );
  });

/** Thousands blocks for node, metrics and RPC ports. */
export type PortBlocks = {
  readonly port_start: number;
  readonly metrics_port_start: number;
  readonly rpc_port_start: number;
};

/** This many triples have no block in common: 10 to 27, 28 to 45, 46 to 63. */
const TRIPLES = 18;
const CLAIMS = join(tmpdir(), `wnm-test-ports-${process.getuid?.() ?? 0}`);
const WAIT_MS = 300_000;

const blocksOf = (triple: number): PortBlocks => ({
  metrics_port_start: 10 + triple,
  port_start: 28 + triple,
  rpc_port_start: 46 + triple,
});
const claimOf = (triple: number): string => join(CLAIMS, String(triple));

/**
 * Three thousands blocks whose first ports are free now and that no other test of this account is given until they are
 * released or the holder, by default this process, ends. Waits while all are taken.
 */
export async function portBlocks(holder = process.pid): Promise<PortBlocks> {
  mkdirSync(CLAIMS, { recursive: true, mode: 0o700 });
  return until(
    async () => {
      for (let i = 0; i < TRIPLES; i++) {
        const triple = (process.pid + i) % TRIPLES;
        if (!claim(triple, holder)) continue;
        const blocks = blocksOf(triple);
        const ports = Object.values(blocks).flatMap((block) => [1, 2, 3, 4].map((id) => block * 1000 + id));
        if ((await Promise.all(ports.map(free))).every(Boolean)) return blocks;
        releasePorts(blocks);
      }
      return undefined;
    },
    "three free blocks of ports",
    WAIT_MS,
  );
}

/** Returns blocks for use by other tests. */
export function releasePorts(blocks: PortBlocks): void {
  rmSync(claimOf(blocks.metrics_port_start - 10), { force: true });
}

/** A file that only one process can create; that of a dead process is removed. */
function claim(triple: number, holder: number): boolean {
  const file = claimOf(triple);
  try {
    writeFileSync(file, String(holder), { flag: "wx" });
    return true;
  } catch {
    clearIfAbandoned(file);
    return false;
  }
}

function clearIfAbandoned(file: string): void {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
  } catch (error) {
    // No such process: the claim is moved away first, so that only one of two cleaners removes it.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) return;
    const aside = `${file}.${process.pid}`;
    try {
      renameSync(file, aside);
      rmSync(aside);
    } catch {
      // Another test was faster.
    }
  }
}
