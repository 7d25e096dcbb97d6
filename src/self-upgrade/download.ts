import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { WnmError } from "../errors.ts";

/** Bounds of a download. */
export type Bounds = { readonly max_bytes: number; readonly deadline_ms: number };

/** Downloads something small. Throws WnmError when it is not there, larger than the bound, or too slow. */
export async function download(url: string, bounds: Bounds): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await readAll(url, bounds, (chunk) => {
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/** Downloads into a new file and returns its sha256 in hexadecimal. Throws WnmError; what was written stays. */
export async function downloadTo(path: string, url: string, bounds: Bounds): Promise<string> {
  const hash = createHash("sha256");
  const fd = openSync(path, "wx", 0o600);
  try {
    await readAll(url, bounds, (chunk) => {
      hash.update(chunk);
      writeWhole(fd, chunk);
    });
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

/** Writes every byte: one call may write less on a disk that fills up. */
export function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
}

async function readAll(url: string, bounds: Bounds, use: (chunk: Uint8Array) => void): Promise<void> {
  let received = 0;
  let response: Response;
  const failed = (why: unknown) => {
    // Bun ends its sentences with advice for programmers.
    const reason = (why instanceof Error ? why.message : String(why)).replace(
      /\.? For more information, .*$/,
      "",
    );
    return new WnmError(`${url} cannot be downloaded: ${reason}; nothing was changed`);
  };
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(bounds.deadline_ms), redirect: "follow" });
  } catch (error) {
    throw failed(error);
  }
  if (!response.ok || response.body === null) throw failed(`the server answered ${response.status}`);
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw failed(error);
    });
    if (done) return;
    received += value.length;
    if (received > bounds.max_bytes) {
      await reader.cancel();
      throw failed(`it is larger than ${bounds.max_bytes} bytes`);
    }
    try {
      use(value);
    } catch (error) {
      await reader.cancel();
      throw failed(error);
    }
  }
}
