import { writeSync } from "node:fs";
import { WnmError } from "../errors.ts";

/** Writes all of the text to the descriptor before it returns. A reader that has gone away is no error; a full disk is. */
export function writeAll(fd: number, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") {
        Bun.sleepSync(1);
        continue;
      }
      if (code === "EPIPE" || code === "EBADF") return;
      throw new WnmError(`The output cannot be written: ${error instanceof Error ? error.message : error}`);
    }
  }
}
