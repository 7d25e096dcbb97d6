import { hostname } from "node:os";
import { CommandFailed, WnmError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import type { Runnable } from "../model/program-path.ts";
import type { Run } from "../os/command.ts";
import { trustedProgram } from "../os/files/operator-program.ts";
import { type HttpAnswer, requestOnce } from "../os/net/request-once.ts";
import { type AlertTarget, fillTemplate, labelOf, templateOf } from "../settings/alert-targets.ts";
import type { Message } from "./message.ts";

/** The outcome of a delivery: arrived, certainly not arrived, or uncertain. `said`: the receiver's response. */
export type Sent = {
  readonly arrived: "yes" | "no" | "unknown";
  /** Why it did not arrive, or may not have; "" otherwise. */
  readonly because: string;
  readonly said: string;
};

/** What a delivery needs. */
export type Sender = {
  readonly run: Run;
  readonly uid: number;
  /** On the clock of performance.now(). */
  readonly deadline: number;
};

/** Sends a message to one target. `beforeSending` is called right before; an exception cancels it. */
export function sendTo(
  target: AlertTarget,
  message: Message,
  { alert_template }: { readonly alert_template?: string | undefined },
  sender: Sender,
  beforeSending: () => void,
  wants_body = false,
): Promise<Sent> {
  return target.kind === "exec"
    ? runProgram(target.path, message, sender, beforeSending)
    : post(target, message, alert_template, sender, beforeSending, wants_body);
}

const PRIORITIES = { bad: "high", warning: "default", ok: "default" } as const;
const TAGS = { bad: "x", warning: "warning", ok: "white_check_mark" } as const;

async function post(
  target: Extract<AlertTarget, { kind: "post" }>,
  message: Message,
  alert_template: string | undefined,
  { deadline }: Sender,
  beforeSending: () => void,
  wants_body: boolean,
): Promise<Sent> {
  const { title, text, severity, event } = message;
  const template = templateOf(target.form, alert_template);
  const values = { title, text, message: `${title}\n${text}`, severity, event, host: hostname() };
  const request =
    template === undefined
      ? {
          body: text,
          headers: {
            "Content-Type": "text/plain; charset=utf-8",
            Title: title,
            Priority: PRIORITIES[severity],
            Tags: TAGS[severity],
          },
        }
      : {
          body: fillTemplate(template, (name) => values[name]),
          headers: { "Content-Type": "application/json" },
        };
  const url = new URL(target.url);
  const answer = await requestOnce({ method: "POST", url, ...request, deadline, beforeSending, wants_body });
  return sentBy(answer, url);
}

/** Interprets a response. With 504, even the server does not know whether it arrived. */
export function sentBy(answer: HttpAnswer, url: URL): Sent {
  if ("because" in answer)
    return { arrived: answer.sent ? "unknown" : "no", because: answer.because, said: "" };
  const { status, location } = answer;
  const said = `${status} ${withoutSecrets(printable(answer.body), url).slice(0, 300)}`.trim();
  if (status < 300) return { arrived: "yes", because: "", said };
  const to = location === undefined ? null : URL.parse(location, url.href);
  const because =
    status < 400
      ? `it answers ${status} and wants another address${to === null ? "" : ` (${labelOf(to)})`}; redirects are not followed`
      : `it answers ${status}`;
  return { arrived: status === 504 ? "unknown" : "no", because, said };
}

/** Removes the secret parts of the address from the text. */
function withoutSecrets(text: string, { pathname, search, username, password }: URL): string {
  const parts = [
    ...pathname.split("/"),
    ...search.split(/[?&=]/),
    ...[username, password].map(decodeURIComponent),
  ].filter((part) => part.length > 5);
  return parts.reduce((left, part) => left.replaceAll(part, "[blank]"), text);
}

/** Time reserved for killing a child and noticing its end. */
const END_MS = 300;

/** Runs a program that only the operator can modify, with the message on standard input. */
async function runProgram(
  path: string,
  { title, text }: Message,
  { run, uid, deadline }: Sender,
  beforeSending: () => void,
): Promise<Sent> {
  const trusted = trustedProgram(path as Runnable, uid);
  if ("because" in trusted) return { arrived: "no", because: trusted.because, said: "" };
  const [program, ...args] = [...trusted.prefix, trusted.program];
  const deadline_ms = Math.max(1, Math.floor(deadline - performance.now() - END_MS));
  try {
    beforeSending();
    const ended = run([(program ?? path) as Runnable, ...args], {
      input: `${title}\n${text}\n`,
      deadline_ms,
      detached: true,
    });
    const late = Bun.sleep(deadline_ms + END_MS).then(() => undefined);
    const result = await Promise.race([ended, late]);
    if (result === undefined) return { arrived: "unknown", because: "it did not end in time", said: "" };
    return {
      arrived: "yes",
      because: "",
      said: `ended with code 0 ${printable(result.stdout).slice(0, 300)}`.trim(),
    };
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    if (!(error instanceof CommandFailed)) return { arrived: "no", because: error.message, said: "" };
    const because = error.code === null ? "it did not end in time" : `it ended with code ${error.code}`;
    const said = printable(error.stderr).slice(-300);
    return { arrived: error.code === null ? "unknown" : "no", because, said };
  }
}
