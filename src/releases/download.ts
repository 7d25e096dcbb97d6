import { type Answer, type Bounds, cannotDownload, request } from "../os/net/web-request.ts";

/** Downloads a small file. Throws WnmError when it does not exist, is too large, or times out. */
export async function download(url: string, bounds: Bounds): Promise<Uint8Array> {
  const answer = await request(url, bounds.deadline_ms);
  const pieces: Uint8Array[] = [];
  try {
    await receive(answer, bounds.max_bytes, (piece) => {
      pieces.push(piece);
    });
  } catch (error) {
    throw cannotDownload(url, error);
  } finally {
    answer.close();
  }
  return Buffer.concat(pieces);
}

/** Passes the chunks of the body to `use`. Throws an Error when the server refuses or sends too many bytes. */
export async function receive(
  { response, read }: Answer,
  max_bytes: number,
  use: (piece: Uint8Array) => void,
): Promise<void> {
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const tooLarge = () => new Error(`it is larger than ${max_bytes} bytes`);
  if (lengthOf(response) > max_bytes) throw tooLarge();
  let received = 0;
  for (let piece = await read(); piece !== undefined; piece = await read()) {
    received += piece.length;
    if (received > max_bytes) throw tooLarge();
    use(piece);
  }
}

/** The announced length in bytes; 0 if unknown. */
export const lengthOf = ({ headers }: Response): number => Number(headers.get("content-length") ?? 0) || 0;
