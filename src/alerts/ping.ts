import { requestOnce } from "../os/net/request-once.ts";
import { type Sent, sentBy } from "./ways.ts";

/** A ping of a healthchecks server: start, success, or failure with the findings. */
export type Ping = { readonly kind: "start" | "success" } | { readonly kind: "fail"; readonly body: string };

/** The part of a body that servers keep. */
const MOST_BODY = 10_000;

/** Sends one ping; never throws. */
export async function ping(address: string, call: Ping, deadline: number, wants_body = false): Promise<Sent> {
  const url = new URL(address);
  if (call.kind !== "success") url.pathname = `${url.pathname.replace(/\/+$/, "")}/${call.kind}`;
  const fails = call.kind === "fail";
  const answer = await requestOnce({
    ...{ method: fails ? "POST" : "GET", url, deadline, wants_body },
    headers: fails ? { "Content-Type": "text/plain; charset=utf-8" } : {},
    body: fails ? call.body.slice(0, MOST_BODY) : "",
  });
  return sentBy(answer, url);
}
