import { constants, copyFileSync, fstatSync, readSync, statSync } from "node:fs";
import { errorCode } from "../../base/errors.ts";
import { withOpenFile } from "./open-file.ts";
import { discard, NEW_FILE_FLAGS, writeEveryByte } from "./write-whole.ts";

const PIECE_BYTES = 1024 * 1024;

/** Errors before `to` was created: it exists already, and stays, or `from` does not exist. */
const FINAL: ReadonlySet<string | undefined> = new Set(["EEXIST", "ENOENT"]);

/**
 * Copies `from` to the new file `to`, sharing blocks if the file system can. Falls back to reading and writing, because
 * copy_file_range(2), FICLONE and sendfile(2) fail in many ways, or stop early, on shares and between file systems. Throws
 * the system's error, leaving nothing of `to`.
 */
export function copyFile(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    if (statSync(to).size === statSync(from).size) return;
  } catch (error) {
    if (FINAL.has(errorCode(error))) throw error;
  }
  discard(to);
  try {
    copyByPieces(from, to);
  } catch (error) {
    if (!FINAL.has(errorCode(error))) discard(to);
    throw error;
  }
}

function copyByPieces(from: string, to: string): void {
  withOpenFile(from, constants.O_RDONLY, (source) => {
    const piece = new Uint8Array(PIECE_BYTES);
    const fill = (target: number): void => {
      for (let length = -1; length !== 0; ) {
        length = readSync(source, piece, 0, piece.length, null);
        writeEveryByte(target, piece.subarray(0, length));
      }
    };
    withOpenFile(to, NEW_FILE_FLAGS, fill, fstatSync(source).mode & 0o777);
  });
}
