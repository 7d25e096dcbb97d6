import { afterEach, beforeEach, expect, test } from "bun:test";
import { httpGet } from "../../../src/os/net/http-get.ts";
import { requestOnce } from "../../../src/os/net/request-once.ts";
import { request } from "../../../src/os/net/web-request.ts";
import { type Manner, type Receiver, startReceiver } from "../../fixtures/receiver.ts";

let server: Receiver;
beforeEach(() => {
  server = startReceiver();
});
afterEach(() => server[Symbol.dispose]());

/** A loaded machine needs some time for a server that answers; the other servers are not worth waiting for. */
const DEADLINES = { honest: 60_000, hostile: 300 } as const;

/** Each way in which wnm asks a server: a node for its readings, a receiver of alerts, a server of releases. */
const WAYS: Readonly<Record<string, (server: Receiver, deadline_ms: number) => Promise<string>>> = {
  "a node's readings": async ({ port }, deadline_ms) => {
    const question = { host: "127.0.0.1", port, path: "/x", deadline_ms, most_bytes: 1_000 };
    const answer = await httpGet(question, String);
    return answer.answered ? answer.content : `none: ${answer.because}`;
  },
  "an alert": async ({ url }, deadline_ms) => {
    const deadline = performance.now() + deadline_ms;
    const asked = { method: "POST", url: new URL(`${url}/x`), headers: {}, body: "?", deadline } as const;
    const answer = await requestOnce({ ...asked, wants_body: true });
    if ("because" in answer) return `none: ${answer.because}`;
    return answer.status === 200 ? answer.body : `none: ${answer.status}`;
  },
  "a release": async ({ url }, deadline_ms) => {
    try {
      const answer = await request(`${url}/x`, deadline_ms);
      let text = "";
      for (let piece = await answer.read(); piece !== undefined; piece = await answer.read())
        text += Buffer.from(piece).toString();
      answer.close();
      return text;
    } catch (error) {
      return `none: ${error instanceof Error ? error.message : error}`;
    }
  },
};

const HOSTILE: readonly (readonly [string, Manner])[] = [
  ["hangs", "hangs"],
  ["drips", "drips"],
  ["lies", "lies"],
  ["promises more than it sends", "promises"],
  ["closes the connection", "closes"],
  ["redirects to itself for ever", { status: 302, location: "/x" }],
  ["redirects out of the web", { status: 302, location: "file:///etc/hostname" }],
];

for (const [way, ask] of Object.entries(WAYS)) {
  test(`${way}: an honest server is read`, async () => {
    server.manner = { status: 200, body: "well" };
    expect(await ask(server, DEADLINES.honest)).toBe("well");
  });

  test.each([...HOSTILE])(`${way}: a server that %s is abandoned by the deadline`, async (_, manner) => {
    server.manner = manner;
    // The status of an answer says whether an alert has arrived, so its text may be missing.
    const got = way === "an alert" && manner === "promises" ? "short" : "none: ";
    expect(await ask(server, DEADLINES.hostile)).toStartWith(got);
    const most = way === "a release" ? 11 : 1;
    expect(server.received.length).toBeLessThanOrEqual(most);
  });
}
