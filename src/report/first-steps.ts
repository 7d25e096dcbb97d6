import { worstFirst } from "../checks/settle.ts";
import type { Finding } from "../model/finding.ts";

/** How this machine is reached: by a public address, port forwarding, or UPnP. */
export type Reach =
  | { readonly by: "itself" | "router"; readonly address: string }
  | { readonly by: "upnp" | "nothing" };

/** The facts about a newly created colony. */
export type FirstSteps = {
  readonly rooms: readonly { readonly of: string; readonly nodes: number; readonly sum: string }[];
  readonly node_cap: number;
  /** The node_cap that fits this machine; undefined: nothing was measured. */
  readonly cap: number | undefined;
  readonly findings: readonly Finding[];
  /** The number of checks that are well. */
  readonly well: number;
  readonly unanswered: readonly string[];
  readonly ports: string;
  readonly reach: Reach;
  /** Adds --dbpath to a cure if this colony needs it. */
  readonly here: (step: Step) => Step;
};

export type Step = { readonly mark: string; readonly says: string; readonly cure: string | undefined };

/** Findings to fix first, in this order, because later ones depend on earlier ones. */
const BEFORE: readonly string[] = [
  ...["settings-wrong", "storage-problem", "database-damaged", "two-colonies"],
  ...["no-rights", "no-user-bus", "program-unfit", "no-node-program", "no-first-peers", "linger-off"],
];
/** Findings to fix last, because that starts wnm. */
const AFTER: readonly string[] = ["no-cron-line", "other-wnm"];

/** What this machine can run, what is missing, and the next steps in order. Pure. */
export function firstStepsText(first: FirstSteps): string {
  const steps = stepsOf(first);
  const marked = first.findings.length;
  const checked =
    marked === 0
      ? `Checked: all ${first.well} answers are good; wnm --report doctor prints them.`
      : `Checked: ${first.well} answers are good, ${marked} need${marked === 1 ? "s" : ""} you; wnm --report doctor prints all of them.`;
  return [
    ...roomLines(first),
    checked,
    ...first.unanswered.map((says) => `  ? ${says}`),
    "Next, in this order:",
    ...steps
      .map(first.here)
      .flatMap(({ mark, says, cure }, i) => [
        `${String(i + 1).padStart(3)}. ${mark}${says}`,
        ...(cure === undefined ? [] : [`     → ${cure}`]),
      ]),
    "",
  ].join("\n");
}

function roomLines({ rooms, node_cap, cap }: FirstSteps): readonly string[] {
  if (cap === undefined) return [];
  // Where more nodes are there already, cap is their number.
  const carried = Math.min(cap, ...rooms.map(({ nodes }) => nodes));
  const more = cap > carried ? `; ${cap} are there` : "";
  const proposed =
    cap === node_cap ? "which is node_cap" : `proposed: wnm --node_cap ${cap} (now ${node_cap})`;
  return [
    carried > 0
      ? `This machine carries about ${carried} node${carried === 1 ? "" : "s"}${more}, ${proposed}.`
      : `This machine has no room for a full node; a node earns until then, ${proposed}.`,
    ...rooms.map(({ of, sum }) => `  ${of.padEnd(8)}${sum}`),
  ];
}

function stepsOf({ findings, unanswered, node_cap, cap, ports, reach }: FirstSteps): readonly Step[] {
  const place = ({ key }: Finding): number => (BEFORE.includes(key) ? BEFORE.indexOf(key) : BEFORE.length);
  const before = worstFirst(findings.filter(({ key }) => !AFTER.includes(key))).toSorted(
    (a, b) => place(a) - place(b),
  );
  const after = findings.filter(({ key }) => AFTER.includes(key));
  const smaller: Step[] =
    cap === undefined || cap >= node_cap
      ? []
      : [
          {
            mark: "",
            says: `node_cap ${node_cap} is more than this machine carries when the nodes are full`,
            cure: `wnm --node_cap ${cap}`,
          },
        ];
  const has_starter = unanswered.length === 0 && !findings.some(({ key }) => key === "no-cron-line");
  const no_upnp = findings.some(({ key }) => key === "no-upnp-router");
  return [
    ...before.map(stepOf),
    ...smaller,
    ...(no_upnp ? [] : reachSteps(reach, ports)),
    ...after.map(stepOf),
    {
      mark: "",
      says: has_starter
        ? "The first run starts on its own; see what it would do, and why"
        : "See what the first run would do, and why",
      cure: "wnm --dry_run",
    },
  ];
}

const stepOf = ({ severity, sentence, cure }: Finding): Step => ({
  mark: severity === "bad" ? "✗ " : "! ",
  says: sentence,
  cure,
});

function reachSteps(reach: Reach, ports: string): readonly Step[] {
  switch (reach.by) {
    case "router":
      return [{ mark: "", says: `Forward on your router to ${reach.address}: ${ports}`, cure: undefined }];
    case "itself":
      return [
        {
          mark: "",
          says: `${reach.address} is public. A firewall of your provider has to allow: ${ports}`,
          cure: undefined,
        },
      ];
    case "nothing":
      return [{ mark: "! ", says: "This machine has no network address: connect it", cure: undefined }];
    case "upnp":
      return [];
  }
}
