import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { errorCode } from "../../base/errors.ts";
import { messageOf, printable } from "../../base/text.ts";

/** A request to a server that the operator configured. */
export type HttpRequest = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In the time of performance.now(). */
  readonly deadline: number;
  /** Called after the connection is accepted, before the first byte is sent. An exception aborts the request. */
  readonly beforeSending?: () => void;
  /** True to wait for the body of the response. */
  readonly wants_body?: boolean;
};

/** The outcome of a request. `sent`: it was transmitted, so the server may have acted on it. */
export type HttpAnswer =
  | { readonly status: number; readonly location: string | undefined; readonly body: string }
  | { readonly because: string; readonly sent: boolean };

const MOST_BYTES = 16 * 1024;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Sends one request on its own connection, without proxy or redirects, always verifying certificates, whatever the
 * environment says. Resolves by the deadline; never throws.
 */
export function requestOnce(request: HttpRequest): Promise<HttpAnswer> {
  const { promise, resolve } = Promise.withResolvers<HttpAnswer>();
  const pieces: Buffer[] = [];
  let length = 0;
  let sent = false;
  let socket: Socket | undefined;
  let finished = false;
  const finish = (answer: HttpAnswer): void => {
    if (finished) return;
    finished = true;
    clearTimeout(timer);
    socket?.destroy();
    resolve(answer);
  };
  const ended = (because: string): void => finish(answerIn(Buffer.concat(pieces), true) ?? { because, sent });
  const timer = setTimeout(
    () => ended("it did not answer in time"),
    Math.max(0, request.deadline - performance.now()),
  );
  const send = (): void => {
    if (finished) return;
    try {
      request.beforeSending?.();
    } catch (error) {
      finish({ because: messageOf(error), sent: false });
      return;
    }
    sent = true;
    socket?.write(bytesOf(request));
  };
  try {
    socket = connected(request.url, send);
  } catch (error) {
    finish({ because: whyNot(error), sent });
    return promise;
  }
  socket.on("data", (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
    const answer = answerIn(Buffer.concat(pieces), request.wants_body !== true || length > MOST_BYTES);
    if (answer !== undefined) finish(answer);
    else if (length > MOST_BYTES) finish({ because: "its answer is not HTTP", sent });
  });
  socket.on("error", (error) => ended(whyNot(error)));
  socket.on("close", () =>
    ended(length > 0 ? "its answer is not HTTP" : "it closed the connection without an answer"),
  );
  return promise;
}

/** Connects; calls `ready` when data can be sent. */
function connected(url: URL, ready: () => void): Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  if (url.protocol !== "https:") return connectPlain({ host, port }, ready);
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  const secure = connectSecure({
    host,
    port,
    ...named,
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
  });
  secure.on("secureConnect", () => {
    if (secure.authorized) ready();
    else secure.destroy(secure.authorizationError ?? new Error("its certificate is not valid"));
  });
  return secure;
}

function bytesOf({ method, url, headers, body }: HttpRequest): Buffer {
  const { username, password } = url;
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const all = {
    Host: url.host,
    "User-Agent": "wnm",
    ...(username + password === ""
      ? {}
      : { Authorization: `Basic ${Buffer.from(account).toString("base64")}` }),
    ...headers,
    ...(method === "GET" ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
    Connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${printable(value)}`);
  return Buffer.from(
    `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${method === "GET" ? "" : body}`,
  );
}

/** Parses the response; undefined while it is incomplete or malformed. `enough`: only the head is needed. */
function answerIn(bytes: Buffer, enough: boolean): Exclude<HttpAnswer, { sent: boolean }> | undefined {
  let rest = bytes.toString("utf8");
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |\r)/.exec(rest)?.[1] ?? Number.NaN);
    if (end < 0 || Number.isNaN(status)) return undefined;
    const [head, body] = [rest.slice(0, end + 2), rest.slice(end + 4)];
    // Skip informational responses.
    if (status < 200) {
      rest = body;
      continue;
    }
    const length = Number(/\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r/i.exec(head)?.[1] ?? Number.NaN);
    if (!enough && !(Buffer.byteLength(body) >= length)) return undefined;
    return { status, location: /\r\nlocation:[ \t]*([^\r]+)\r/i.exec(head)?.[1], body };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name could not be looked up",
  ECONNRESET: "it closed the connection",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
};

/** Why a connection failed, without repeating the address, which may be secret. */
function whyNot(error: unknown): string {
  const code = errorCode(error) ?? "";
  return WORDS[code] ?? (code === "" ? printable(messageOf(error)).slice(0, 200) : code);
}
