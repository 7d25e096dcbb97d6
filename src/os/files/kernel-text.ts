import { readFileSync } from "node:fs";

/** The text of a kernel file (/proc, /sys); undefined when it cannot be read. */
export function kernelText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
