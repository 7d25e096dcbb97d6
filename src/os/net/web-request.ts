import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";

/** Limits of a download. */
export type Bounds = {
  readonly max_bytes: number;
  /** Total timeout in milliseconds. */
  readonly deadline_ms: number;
};

/** How long the server may send nothing. */
const SILENCE_MS = 30_000;
const MOST_REDIRECTS = 10;

/** A response with a streamed body, which fails when the server stalls or the deadline passes. */
export type Answer = {
  readonly response: Response;
  /** Every URL requested, in order. */
  readonly asked: readonly string[];
  read(): Promise<Uint8Array | undefined>;
  close(): void;
};

/** The error of a download. */
export const cannotDownload = (url: string, why: unknown): WnmError =>
  // Bun appends advice for programmers.
  new WnmError(
    `${url} cannot be downloaded: ${messageOf(why).replace(/\.? For more information, .*$/, "")}; nothing was changed`,
  );

/**
 * Requests `url` and follows redirects, but never from https to another scheme, nor to anything but http(s). Uses the
 * environment's proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). Throws WnmError when no response comes in time.
 */
export async function request(
  url: string,
  deadline_ms: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const stop = new AbortController();
  const end = performance.now() + deadline_ms;
  let timer: Timer | undefined;
  const listen = (): void => {
    clearTimeout(timer);
    const left = Math.max(0, end - performance.now());
    const because =
      left < SILENCE_MS
        ? `it takes longer than ${Math.round(deadline_ms / 1000)} s`
        : `the server was silent for ${SILENCE_MS / 1000} s`;
    timer = setTimeout(() => stop.abort(new Error(because)), Math.min(left, SILENCE_MS));
  };
  const close = (): void => {
    clearTimeout(timer);
    stop.abort(new Error("it is not needed"));
  };
  const asked: string[] = [];
  try {
    let at = url;
    for (;;) {
      asked.push(at);
      listen();
      const response = await fetch(at, {
        headers: { "user-agent": "wnm", "accept-encoding": "identity", ...headers },
        signal: stop.signal,
        redirect: "manual",
        decompress: false,
      });
      if (![301, 302, 303, 307, 308].includes(response.status)) {
        const reader = response.body?.getReader();
        const read = async (): Promise<Uint8Array | undefined> => {
          listen();
          const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
          return done ? undefined : value;
        };
        return { response, asked, read, close };
      }
      if (asked.length > MOST_REDIRECTS) throw new Error("too many redirects");
      at = redirected(at, response.headers.get("location"));
      await response.body?.cancel();
    }
  } catch (error) {
    close();
    throw cannotDownload(url, error);
  }
}

/** The target of a redirect. Throws when it is not allowed. */
function redirected(from: string, to: string | null): string {
  const target = URL.parse(to ?? "", from);
  if (target === null) throw new Error(`it is redirected to "${to ?? ""}", which is not an address`);
  const allowed = new URL(from).protocol === "https:" ? ["https:"] : ["https:", "http:"];
  if (!allowed.includes(target.protocol)) throw new Error(`it is redirected to ${target.href}`);
  return target.href;
}
