import { constants, copyFileSync, fstatSync, readSync, statSync } from "node:fs";
import { errorCode } from "../../base/errors.ts";
import { withOpenFile } from "./open-file.ts";
import { discard, NEW_FILE_FLAGS, writeEveryByte } from "./write-whole.ts";

const PIECE_BYTES = 1024 * 1024;

/** Nothing of `to` was made then: it is somebody's and stays, or there is no `from`. */
const FINAL: ReadonlySet<string | undefined> = new Set(["EEXIST", "ENOENT"]);

/**
 * Makes the new file `to` with the content of `from`, which shares its blocks where the file system can. Read and written
 * piece by piece when the kernel's fast ways fail: copy_file_range(2), FICLONE and sendfile(2) end with all sorts of
 * errors, or too early, on shares and between file systems. Throws the system's error; nothing of `to` is left then.
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
