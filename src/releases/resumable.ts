import { constants, fstatSync, ftruncateSync, statfsSync, statSync } from "node:fs";
import { errorCode } from "../base/errors.ts";
import { withOpenFile } from "../os/files/open-file.ts";
import { bytesOf, textOf } from "../os/files/open-regular.ts";
import { discard, putInPlace, writeEveryByte } from "../os/files/write-whole.ts";
import { type Answer, type Bounds, cannotDownload, request } from "../os/net/web-request.ts";
import type { Artefact } from "./artefact.ts";
import { lengthOf, receive } from "./download.ts";

/** Called with the bytes received and the total; 0: unknown. */
export type Progress = (received: number, total: number) => void;

export type Download = {
  readonly url: string;
  readonly name: string;
  /** A private folder that keeps an unfinished download for the next call. */
  readonly folder: string;
  readonly bounds: Bounds;
  readonly progress: Progress;
};

/** What must be unchanged for a download to be resumed. */
type Part = { readonly url: string; readonly validator: string };

const TRIES = 4;
/** A connection that transferred less is not retried. */
const WORTH_BYTES = 64 * 1024;
/** Disk space that must stay free after download and extraction. */
const LEFT_BYTES = 64 * 1024 * 1024;
/** The space needed as a multiple of the archive, which is compressed to about a third, including extracted files. */
const TIMES = 5;

/**
 * Downloads a file, resuming an earlier call if the server still has the same file. Retries a broken connection. Throws
 * WnmError; received data are kept for the next call, unless the disk is full.
 */
export async function downloadResumably(
  download: Download,
): Promise<Artefact & { readonly resumed: boolean }> {
  const { url, name, folder } = download;
  const path = `${folder}/${name}.part`;
  const end = performance.now() + download.bounds.deadline_ms;
  let resumed = false;
  for (let tried = 1; ; tried++) {
    const before = sizeOf(path);
    try {
      resumed = (await fetchRest(download, path, end - performance.now())) || resumed;
      const bytes = bytesOf(path, "archive");
      forget(path);
      return { name, from: url, bytes, resumed };
    } catch (error) {
      if (isDiskFull(error)) forget(path);
      const goesOn = tried < TRIES && sizeOf(path) - before > WORTH_BYTES && !isDiskFull(error);
      if (!goesOn) throw cannotDownload(url, error);
    }
  }
}

/** Removes an unfinished download. */
export function forget(path: string): void {
  discard(path);
  discard(`${path}.json`);
}

/** Requests and appends the missing part. True when it resumed. Throws the error of the server or the disk. */
async function fetchRest(download: Download, path: string, deadline_ms: number): Promise<boolean> {
  const { url, bounds, progress } = download;
  const part = partAt(path);
  const have = part?.url === url ? sizeOf(path) : 0;
  const headers = have > 0 ? { range: `bytes=${have}-`, "if-range": part?.validator ?? "" } : {};
  const answer = await request(url, deadline_ms, headers);
  try {
    const { response } = answer;
    const goesOn = response.status === 206 && rangeStart(response) === have;
    if (have > 0 && !goesOn && response.status !== 200) {
      forget(path);
      throw new Error(`the server answered ${response.status} to a request for the rest of it`);
    }
    const start = goesOn ? have : 0;
    const total = lengthOf(response) === 0 ? 0 : start + lengthOf(response);
    requireRoom(download.folder, start, total);
    if (response.ok && !goesOn) begin(path, { url, validator: validatorOf(answer) });
    await append(path, start, answer, bounds.max_bytes - start, (received) => progress(received, total));
    if (total > 0 && sizeOf(path) < total)
      throw new Error(`it ended after ${sizeOf(path)} of ${total} bytes`);
    return goesOn;
  } finally {
    answer.close();
  }
}

/** The offset of a 206 response's body; -1 if missing. */
const rangeStart = ({ headers }: Response): number =>
  Number(/^bytes (\d{1,15})-/.exec(headers.get("content-range") ?? "")?.[1] ?? -1);

/** The validator for If-Range; "" without one. A weak ETag does not count. */
function validatorOf({ response: { headers } }: Answer): string {
  const tag = headers.get("etag") ?? "";
  return tag !== "" && !tag.startsWith("W/") ? tag : (headers.get("last-modified") ?? "");
}

/** Starts a new file. Without a validator it cannot be resumed. */
function begin(path: string, part: Part): void {
  forget(path);
  putInPlace(path, "", { mode: 0o600 });
  if (part.validator !== "") putInPlace(`${path}.json`, JSON.stringify(part), { mode: 0o600 });
}

async function append(
  path: string,
  start: number,
  answer: Answer,
  most: number,
  progress: (received: number) => void,
): Promise<void> {
  let at = start;
  const write = (piece: Uint8Array): void => {
    withOpenFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW, (fd) => {
      if (fstatSync(fd).size !== at) ftruncateSync(fd, at);
      writeEveryByte(fd, piece);
    });
    at += piece.length;
    progress(at);
  };
  await receive(answer, most, write);
}

function partAt(path: string): Part | undefined {
  try {
    const { url, validator } = JSON.parse(textOf(`${path}.json`, "settings") ?? "") as Partial<Part>;
    return typeof url === "string" && typeof validator === "string" ? { url, validator } : undefined;
  } catch {
    return undefined;
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Throws, before anything is written, when the disk is too small for the download and the extracted files. */
function requireRoom(folder: string, have: number, total: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const needed = total * TIMES - have + LEFT_BYTES;
  if (bavail * bsize >= needed) return;
  throw new Error(
    `the disk of ${folder} has ${bavail * bsize} bytes free, and ${needed} are needed; free some, or set --antnode_path to another disk`,
  );
}

const isDiskFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "");
