import { labelOf } from "../settings/alert-targets.ts";
import type { Post } from "./alerts.ts";
import { type AlertSettings, lockAlerts, placesOf, recall, remember } from "./memory.ts";
import type { Message } from "./message.ts";
import { ping } from "./ping.ts";
import { DEADLINE_MS, idOf, PING, targetsOf } from "./receivers.ts";
import { type Sent, sendTo } from "./ways.ts";

/** The result of testing one receiver. */
export type Tested = Sent & { readonly receiver: string; readonly ms: number };

/** Sends a test to all receivers within 3 seconds. Success ends the finding about an earlier failure. */
export async function sendTest(
  message: Message,
  settings: AlertSettings,
  post: Post,
): Promise<readonly Tested[]> {
  const sender = { run: post.run, uid: post.uid, deadline: performance.now() + DEADLINE_MS };
  const { ping_url } = settings;
  const calls = [
    ...targetsOf(settings).map((target) => ({
      id: idOf(target),
      receiver: target.label,
      call: () => sendTo(target, message, settings, sender, () => undefined, true),
    })),
    ...(ping_url === undefined
      ? []
      : [
          {
            id: PING,
            receiver: labelOf(new URL(ping_url)),
            call: () => ping(ping_url, { kind: "success" }, sender.deadline, true),
          },
        ]),
  ];
  const tested = await Promise.all(
    calls.map(async ({ id, receiver, call }) => {
      const began = performance.now();
      const sent = await call();
      return { id, receiver, ms: Math.round(performance.now() - began), ...sent };
    }),
  );
  endFailures(
    tested.flatMap(({ id, arrived }) => (arrived === "yes" ? id : [])),
    post,
  );
  return tested.map(({ id: _, ...one }) => one);
}

/** Clears earlier failures of these receivers, unless another run is sending. */
function endFailures(ids: readonly string[], { database, uid }: Post): void {
  const places = placesOf(database, uid);
  using lock = lockAlerts(places);
  const memory = recall(places, uid);
  const failed = ids.filter((id) => memory.targets[id]?.failure !== undefined);
  if (lock === undefined || failed.length === 0) return;
  const mended = failed.map((id) => [
    id,
    { ...memory.targets[id], told: memory.targets[id]?.told ?? [], failure: undefined },
  ]);
  const targets = { ...memory.targets, ...Object.fromEntries(mended) };
  remember(places, { ...memory, version: memory.version + 1, targets });
}
