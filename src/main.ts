import { logWriter, visible, writeAll } from "./os/output.ts";
import { VERSION } from "./version.ts";

const STDOUT = 1;
const STDERR = 2;

const complain = logWriter(STDERR);
const printed: string[] = [];

/** Asked for nothing but the version, wnm loads nothing else. */
async function answer(): Promise<number> {
  if (process.argv.length === 3 && process.argv[2] === "--version") {
    printed.push(`wnm version ${VERSION}\n`);
    return 0;
  }
  const { main } = await import("./cli.ts");
  return main(process.argv.slice(2), { print: (text) => printed.push(visible(text)), complain });
}

/** Results are written when the work is done and the lock is free: whoever reads them slowly holds no other run. */
function deliver(): boolean {
  try {
    writeAll(STDOUT, printed.join(""));
    return true;
  } catch (error) {
    complain(`ERROR [root] ${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}

const code = await answer();
const failed = !deliver() && code === 0;
// All is written by now. Ending at once saves 3 ms of taking the runtime down, and no open connection delays it.
process.exit(failed ? 1 : code);
