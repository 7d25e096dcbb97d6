import { readFileSync, rmSync } from "node:fs";
import { WnmError } from "../errors.ts";
import { putInPlace } from "./whole-file.ts";

/** Writes a text file, whole or not at all; one that says the same already is left alone. */
export function writeTextFile(path: string, text: string, mode = 0o600): void {
  if (readTextFile(path) === text) return;
  try {
    putInPlace(path, text, { mode });
  } catch (error) {
    throw new WnmError(
      `The file ${path} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The file's text; undefined when there is none that can be read. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Removes a file; one that is gone is no error. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new WnmError(
      `The file ${path} cannot be removed: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Removes a folder of wnm's own with all that is in it; one that is gone is no error. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw new WnmError(
      `The folder ${path} cannot be removed: ${error instanceof Error ? error.message : error}`,
    );
  }
}
