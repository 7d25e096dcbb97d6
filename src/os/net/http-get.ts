import { errorCode } from "../../base/errors.ts";
/** A GET request to a server on this machine or its network. */
export type HttpQuestion = {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Timeout for the complete answer. */
  readonly deadline_ms: number;
  /** Size limit of head and body together. */
  readonly most_bytes: number;
};

/** The value read from the body of a 200 response, or why there is none. */
export type HttpAnswer<T> =
  | { readonly answered: true; readonly content: T }
  | { readonly answered: false; readonly because: Silence };
type Silence = "refused" | "timeout" | "garbled";

/**
 * Sends one request on a new connection and resolves to what `read` returns for the body; never throws. Uses no proxy and
 * follows no redirect. Uses a plain socket, because fetch() blocks while 256 other requests hang.
 */
export function httpGet<T>(question: HttpQuestion, read: (body: Buffer) => T): Promise<HttpAnswer<T>> {
  const { host, port, path, deadline_ms, most_bytes } = question;
  const { promise, resolve } = Promise.withResolvers<HttpAnswer<T>>();
  const answer = received();
  let connection: Bun.Socket<undefined> | undefined;
  let answered = false;
  let head: Head | undefined;
  const finish = (silence?: Silence) => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    connection?.terminate();
    const body = silence === undefined ? bodyIn(answer.bytes(), head) : undefined;
    if (body === undefined) resolve({ answered: false, because: silence ?? "garbled" });
    else resolve({ answered: true, content: read(body) });
    answer.free();
  };
  const timer = setTimeout(() => finish("timeout"), deadline_ms);
  Bun.connect({
    hostname: host,
    port,
    socket: {
      open(socket) {
        connection = socket;
        if (answered) socket.terminate();
        else socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`);
      },
      data(_, piece) {
        if (answered) return;
        answer.add(piece);
        const bytes = answer.bytes();
        if (bytes.length > most_bytes) return finish("garbled");
        head ??= headOf(bytes);
        if (head === undefined ? bytes.length > MOST_HEAD_BYTES : isWhole(bytes, head)) finish();
      },
      close: () => finish(),
      error: () => finish("garbled"),
      connectError: (_, error) => finish(refusalOf(error)),
    },
  }).catch((error: unknown) => finish(refusalOf(error)));
  return promise;
}

const refusalOf = (error: unknown): "refused" | "garbled" =>
  errorCode(error) === "ECONNREFUSED" ? "refused" : "garbled";

/** Frees the memory immediately instead of at the next garbage collection. */
const detach = ({ buffer }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
};

/** Collects received data. Each byte is copied at most a few times, however small the chunks. */
function received(): {
  readonly add: (piece: Buffer) => void;
  readonly bytes: () => Buffer;
  readonly free: () => void;
} {
  let all: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    add(piece) {
      const end = length + piece.length;
      // Most responses arrive in one chunk, which need not be copied.
      if (length === 0) all = piece;
      else {
        if (end > all.length) {
          const larger = Buffer.from(new ArrayBuffer(2 * end));
          larger.set(all.subarray(0, length));
          detach(all);
          all = larger;
        }
        all.set(piece, length);
        detach(piece);
      }
      length = end;
    },
    bytes: () => all.subarray(0, length),
    free: () => detach(all),
  };
}

/** The part of a response head (RFC 9112) that describes the body. */
type Head = {
  readonly status: number;
  readonly body_at: number;
  /** undefined without chunks: the body ends with the connection. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  /** Offset of the first chunk not yet known to be complete. */
  chunk_at: number;
};

/** Longer than any node's response head. */
const MOST_HEAD_BYTES = 4 * 1024;
const HEAD_END = "\r\n\r\n";

/** Parses the head; undefined while it is incomplete or if it is malformed. */
function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0 || end > MOST_HEAD_BYTES) return undefined;
  const head = bytes.toString("latin1", 0, end + 2);
  const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head)?.[1];
  if (status === undefined) return undefined;
  const length = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r/i.exec(head)?.[1];
  return {
    status: Number(status),
    body_at: end + HEAD_END.length,
    length: length === undefined ? undefined : Number(length),
    chunk_at: end + HEAD_END.length,
    chunked: /\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r/i.test(head),
  };
}

/** True when the response is complete according to its head. */
function isWhole(bytes: Buffer, head: Head): boolean {
  if (!head.chunked) return head.length !== undefined && bytes.length >= head.body_at + head.length;
  for (;;) {
    const chunk = chunkAt(bytes, head.chunk_at);
    if (chunk === undefined) return false;
    // Trailers may follow the last chunk; they are ignored.
    if (chunk.size === 0) return bytes.indexOf("\r\n", chunk.from) >= 0;
    if (chunk.from + chunk.size + 2 > bytes.length) return false;
    head.chunk_at = chunk.from + chunk.size + 2;
  }
}

/** The start and size of a chunk's content; undefined when malformed or not yet received. */
function chunkAt(bytes: Buffer, at: number): { readonly from: number; readonly size: number } | undefined {
  const line = bytes.subarray(at, at + MOST_CHUNK_HEAD).indexOf("\r\n");
  const said = line < 0 ? "" : bytes.toString("latin1", at, at + line);
  const size = /^([0-9a-f]{1,6})(?:;.*)?$/i.exec(said)?.[1];
  return size === undefined ? undefined : { from: at + line + 2, size: Number.parseInt(size, 16) };
}

/** Longer than any chunk-size line, including extensions. */
const MOST_CHUNK_HEAD = 256;

/** The body of a 200 response; undefined for any other one, or if truncated. */
function bodyIn(bytes: Buffer, head: Head | undefined): Buffer | undefined {
  if (head?.status !== 200) return undefined;
  const received = bytes.subarray(head.body_at);
  if (head.chunked) return withoutChunks(received);
  const body = received.subarray(0, head.length);
  return body.length < (head.length ?? 0) ? undefined : body;
}

/** Decodes a chunked body; undefined when truncated or malformed. */
function withoutChunks(body: Buffer): Buffer | undefined {
  const content = Buffer.from(new ArrayBuffer(body.length));
  let length = 0;
  for (let at = 0; ; ) {
    const chunk = chunkAt(body, at);
    if (chunk === undefined) return undefined;
    if (chunk.size === 0) return content.subarray(0, length);
    const to = chunk.from + chunk.size;
    if (to + 2 > body.length) return undefined;
    content.set(body.subarray(chunk.from, to), length);
    length += chunk.size;
    at = to + 2;
  }
}
