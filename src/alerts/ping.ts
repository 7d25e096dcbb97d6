import { requestOnce } from "../os/net/request-once.ts";
import { type Sent, sentBy } from "./ways.ts";

/** The call of a healthchecks server: that a run begins, that all is well, or what is wrong. */
export type Ping = { readonly kind: "start" | "success" } | { readonly kind: "fail"; readonly body: string };

/** Servers keep so much of a body. */
const MOST_BODY = 10_000;

/** Calls the check once; never throws. */
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
