/** One question over HTTP to a server of this machine or its network. */
export type HttpQuestion = {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The whole answer has to be there after this long. */
  readonly deadline_ms: number;
  /** An answer that is longer, head and body, is not read further. */
  readonly most_bytes: number;
};

/** What was read in the body of a 200 answer, or why there is none. */
export type HttpAnswer<T> =
  | { readonly answered: true; readonly content: T }
  | { readonly answered: false; readonly because: Silence };
type Silence = "refused" | "timeout" | "garbled";

/**
 * Asks once, on a connection of its own, and gives what `read` finds in the body; never throws. No proxy of the
 * environment comes between, no redirect is followed. A plain socket instead of fetch(), which is held back when 256
 * other questions hang.
 */
export function httpGet<T>(question: HttpQuestion, read: (body: Buffer) => T): Promise<HttpAnswer<T>> {
  const { host, port, path, deadline_ms, most_bytes } = question;
  const { promise, resolve } = Promise.withResolvers<HttpAnswer<T>>();
  const pieces: Buffer[] = [];
  let connection: Bun.Socket<undefined> | undefined;
  let answered = false;
  let length = 0;
  let head: Head | undefined;
  const finish = (silence?: Silence) => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    connection?.terminate();
    const body = silence === undefined ? bodyIn(joined(pieces), head) : undefined;
    if (body === undefined) resolve({ answered: false, because: silence ?? "garbled" });
    else resolve({ answered: true, content: read(body) });
    // Detached, the memory is free at once and not at the next collection.
    for (const { buffer } of pieces) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
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
        pieces.push(piece);
        length += piece.length;
        if (length > most_bytes) return finish("garbled");
        head ??= headOf(joined(pieces));
        if (head === undefined ? length > MOST_HEAD_BYTES : isWhole(pieces, length, head)) finish();
      },
      close: () => finish(),
      error: () => finish("garbled"),
      connectError: (_, error) => finish(refusalOf(error)),
    },
  }).catch((error: unknown) => finish(refusalOf(error)));
  return promise;
}

const refusalOf = (error: unknown): "refused" | "garbled" =>
  error instanceof Error && "code" in error && error.code === "ECONNREFUSED" ? "refused" : "garbled";

/** Most answers come in one piece, which need not be copied. */
const joined = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);

/** The head of an answer (RFC 9112), as far as it says what the body is. */
type Head = {
  readonly status: number;
  readonly body_at: number;
  /** Without it and without chunks the connection's end is the body's. */
  readonly length: number | undefined;
  readonly chunked: boolean;
};

/** A head that is longer is not a node's. */
const MOST_HEAD_BYTES = 4 * 1024;
const HEAD_END = "\r\n\r\n";

/** undefined as long as the head is not complete, and when it is none. */
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
    chunked: /\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r/i.test(head),
  };
}

const LAST_CHUNK = "0\r\n\r\n";

/** True when the answer's last byte has been received, as far as its head tells. */
function isWhole(pieces: readonly Buffer[], length: number, head: Head): boolean {
  if (!head.chunked) return head.length !== undefined && length >= head.body_at + head.length;
  const bytes = joined(pieces);
  // A chunk may hold the same bytes, so that they end a piece and not the body.
  return (
    bytes.toString("latin1", bytes.length - LAST_CHUNK.length) === LAST_CHUNK &&
    withoutChunks(bytes.subarray(head.body_at)) !== undefined
  );
}

/** The body of a success; undefined for any other answer, and for one that is cut off. */
function bodyIn(bytes: Buffer, head: Head | undefined): Buffer | undefined {
  if (head?.status !== 200) return undefined;
  const received = bytes.subarray(head.body_at);
  if (head.chunked) return withoutChunks(received);
  const body = received.subarray(0, head.length);
  return body.length < (head.length ?? 0) ? undefined : body;
}

/** The content of a chunked body; undefined when it is cut off or malformed. */
function withoutChunks(body: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = body.indexOf("\r\n", at);
    const size =
      line < 0 ? undefined : /^([0-9a-f]{1,6})(?:;.*)?$/i.exec(body.toString("latin1", at, line))?.[1];
    if (size === undefined) return undefined;
    const from = line + 2;
    const to = from + Number.parseInt(size, 16);
    if (to === from) return Buffer.concat(chunks);
    if (to + 2 > body.length) return undefined;
    chunks.push(body.subarray(from, to));
    at = to + 2;
  }
}
