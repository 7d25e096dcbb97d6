import { logLine } from "./base/log-line.ts";
import { escapeControls, messageOf } from "./base/text.ts";
import { VERSION } from "./base/version.ts";
import { logWriter, writeAll } from "./os/output.ts";

const STDOUT = 1;
const STDERR = 2;

const complain = logWriter(STDERR);
const printed: string[] = [];

/** `--version` alone is answered without loading the rest of the program. */
async function answer(): Promise<number> {
  if (process.argv.length === 3 && process.argv[2] === "--version") {
    printed.push(`wnm version ${VERSION}\n`);
    return 0;
  }
  const { main } = await import("./cli.ts");
  return main(process.argv.slice(2), {
    print: (text) => printed.push(escapeControls(text)),
    show: (text) => printed.push(text),
    complain,
  });
}

/** Output is written after the lock is released, so a slow reader never blocks another run. */
function deliver(): boolean {
  try {
    for (const text of printed) writeAll(STDOUT, text);
    return true;
  } catch (error) {
    const style = { format: "text", colour: false, terminal: false, now: Date.now } as const;
    complain(logLine(style, "ERROR", messageOf(error)));
    return false;
  }
}

const code = await answer();
const failed = !deliver() && code === 0;
// All output is written. Exiting directly saves 3 ms of runtime shutdown, and no open connection delays it.
process.exit(failed ? 1 : code);
