import { constants, fstatSync, ftruncateSync, statfsSync, statSync } from "node:fs";
import { errorCode } from "../base/errors.ts";
import { withOpenFile } from "../os/files/open-file.ts";
import { bytesOf, textOf } from "../os/files/open-regular.ts";
import { discard, putInPlace, writeEveryByte } from "../os/files/write-whole.ts";
import { type Answer, type Bounds, cannotDownload, request } from "../os/net/web-request.ts";
import type { Artefact } from "./artefact.ts";
import { lengthOf, receive } from "./download.ts";

/** Told how many bytes are there, and of how many; 0: the server does not say. */
export type Progress = (received: number, total: number) => void;

export type Download = {
  readonly url: string;
  readonly name: string;
  /** Folder of this account in which an unfinished download waits for the next call. */
  readonly folder: string;
  readonly bounds: Bounds;
  readonly progress: Progress;
};

/** What must still be true of a file for its second half to be asked for. */
type Part = { readonly url: string; readonly validator: string };

const TRIES = 4;
/** A connection that brought less is not worth another try. */
const WORTH_BYTES = 64 * 1024;
/** Space that a download and what is unpacked from it leave on the disk. */
const LEFT_BYTES = 64 * 1024 * 1024;
/** The disk holds the archive and what is unpacked from it; a node program is packed to a third. */
const TIMES = 5;

/**
 * Downloads a file, from where an earlier call was broken off when the server still has the same one. A broken connection
 * is tried again. Throws WnmError; what has arrived stays for the next call, unless the disk is full.
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

/** Asks for what is missing and appends it. True when there was a first part. Throws the error of the server or the disk. */
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

/** Where the body of a 206 begins in the whole; -1 for an answer that does not say. */
const rangeStart = ({ headers }: Response): number =>
  Number(/^bytes (\d{1,15})-/.exec(headers.get("content-range") ?? "")?.[1] ?? -1);

/** What identifies the file's content for If-Range; "" when nothing does: a weak tag does not. */
function validatorOf({ response: { headers } }: Answer): string {
  const tag = headers.get("etag") ?? "";
  return tag !== "" && !tag.startsWith("W/") ? tag : (headers.get("last-modified") ?? "");
}

/** Begins a new file. Without a validator it is never continued. */
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

/** Throws before a byte is written when the disk could not hold the download and what is unpacked from it. */
function requireRoom(folder: string, have: number, total: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const needed = total * TIMES - have + LEFT_BYTES;
  if (bavail * bsize >= needed) return;
  throw new Error(
    `the disk of ${folder} has ${bavail * bsize} bytes free, and ${needed} are needed; free some, or set --antnode_path to another disk`,
  );
}

const isDiskFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "");
