import { counted, printable } from "../base/text.ts";
import type { OpenFinding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";
import type { Due } from "./due.ts";

/** What is sent. */
export type Message = {
  /** One line of ASCII, as a header needs it. */
  readonly title: string;
  readonly text: string;
  readonly severity: "bad" | "warning" | "ok";
  readonly event: "began" | "lasts" | "over" | "test";
};

/** The node counts in a message; undefined: the run did not observe the nodes. */
export type Colony = { readonly nodes: number; readonly running: number } | undefined;

const MOST_TITLE = 120;
const MOST_WORDS = 70;
/** Discord refuses more than 2000 characters. */
const MOST_TEXT = 1_700;
const MOST_LINES = 12;
/** From this many findings on, a kind is summarised in one line. */
const MANY = 4;

/** One message with everything that is due. Pure. */
export function messageOf(due: Due, host: string, colony: Colony): Message {
  const { begun, lasting, over } = due;
  const up = colony === undefined ? "" : `, ${colony.running} of ${colony.nodes} up`;
  const severe = [...begun, ...lasting].some(({ severity }) => severity === "bad");
  const lines = [
    ...linesOf(begun, ({ severity, sentence }) => `${GLYPHS[severity]} ${sentence}`),
    ...linesOf(
      lasting,
      ({ severity, sentence, since }) => `${GLYPHS[severity]} since ${minuteOf(since)}: ${sentence}`,
    ),
    ...linesOf(over, ({ sentence, since }) => `✓ over, began ${minuteOf(since)}: ${sentence}`, false),
  ];
  const kept = lines.slice(0, MOST_LINES);
  const more = lines.length - kept.length;
  const text = [...kept, ...(more > 0 ? [`… and ${more} more: wnm --report health`] : [])].join("\n");
  return {
    title: titled(host, `${subjectOf(due)}${up}`),
    text: text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text,
    severity: severe ? "bad" : begun.length + lasting.length > 0 ? "warning" : "ok",
    event: begun.length > 0 ? "began" : lasting.length > 0 ? "lasts" : "over",
  };
}

/** The message of a test. Pure. */
export const testMessage = (host: string, colony: Colony): Message => ({
  title: titled(host, "This is a test of wnm"),
  text: `wnm sends alerts of this machine here${colony === undefined ? "" : `; ${colony.running} of ${counted(colony.nodes, "node is", "nodes are")} up`}.`,
  severity: "ok",
  event: "test",
});

const titled = (host: string, what: string): string => printable(`[${host}] ${what}`).slice(0, MOST_TITLE);

/** As many whole words as fit into a title. */
const beginning = (sentence: string): string =>
  sentence.length <= MOST_WORDS ? sentence : `${sentence.slice(0, MOST_WORDS).replace(/\s+\S*$/, "")} ...`;

const GLYPHS = { bad: "✗", warning: "!" } as const;

function subjectOf({ begun, lasting, over }: Due): string {
  if (begun.length > 0) return inTrouble(begun, "");
  if (lasting.length > 0) return inTrouble(lasting, "still ");
  return over.length === 1
    ? `over: ${beginning(over[0]?.sentence ?? "")}`
    : `${over.length} problems are over`;
}

function inTrouble(findings: readonly OpenFinding[], still: string): string {
  const nodes = new Set(findings.flatMap(({ node }) => node ?? [])).size;
  const others = findings.filter(({ node }) => node === undefined);
  const [first] = others;
  if (nodes === 0)
    return others.length === 1 && first !== undefined
      ? `${still}${beginning(first.sentence)}`
      : `${still}${others.length} problems`;
  const more =
    others.length === 0 ? "" : `, ${others.length} other ${others.length === 1 ? "problem" : "problems"}`;
  return `${nodes} ${nodes === 1 ? "node is" : "nodes are"} ${still}in trouble${more}`;
}

/** A line for each finding, or one for many of a kind, followed by the cure, which is the same for a kind. */
function linesOf(
  findings: readonly OpenFinding[],
  line: (finding: OpenFinding) => string,
  with_cure = true,
): readonly string[] {
  return [...Map.groupBy(findings, ({ key }) => key).values()].flatMap((alike) => {
    const is_many = alike.length >= MANY;
    return alike
      .slice(0, is_many ? 1 : alike.length)
      .flatMap((finding) => [
        `${line(finding)}${is_many ? `; the same with ${alike.length - 1} more (${finding.key})` : ""}`,
        ...(with_cure && finding.cure !== undefined
          ? [`   → ${is_many ? "see all: wnm --report health" : finding.cure}`]
          : []),
      ]);
  });
}

/** "2026-11-28 03:12 UTC". */
const minuteOf = (at: Seconds): string =>
  `${new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
