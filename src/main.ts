import { writeAll } from "./os/output.ts";
import { VERSION } from "./version.ts";

const STDOUT = 1;
const STDERR = 2;

/** Asked for nothing but the version, wnm loads nothing else. */
if (process.argv.length === 3 && process.argv[2] === "--version") {
  writeAll(STDOUT, `wnm version ${VERSION}\n`);
} else {
  const { main } = await import("./cli.ts");
  const code = await main(process.argv.slice(2), {
    print: (text) => writeAll(STDOUT, text),
    complain: (text) => {
      try {
        writeAll(STDERR, text);
      } catch {
        // A log on a full disk must not keep the run from freeing that disk; the exit code still tells.
      }
    },
  });
  // All is written by now. Ending at once saves 3 ms of taking the runtime down, and no open connection delays it.
  process.exit(code);
}
