import { quoted } from "../base/text.ts";
import type { Finding } from "../model/finding.ts";
import type { NodeBinary } from "../model/host.ts";
import { wrongFlags } from "../settings/cross-checks.ts";
import { splitWords } from "../settings/split-words.ts";

/** The finding about start_args that Python wnm stored but never used: what they would do. Pure. */
export function pythonArgsFinding(text: string, binary: NodeBinary): Finding {
  const words = splitWords(text);
  const effect = words === undefined ? "They cannot be used: a quote is not closed" : effectOf(words, binary);
  return {
    key: "python-start-args",
    severity: "warning",
    sentence: `Python wnm stored the start_args ${quoted(text)} but never passed them to a node; wnm does not either. ${effect}`,
    cure:
      words === undefined
        ? "nothing has to be done; this is reported once"
        : "if nodes need them, set them again: wnm --start_args '...'; this is reported once",
  };
}

function effectOf(words: readonly string[], binary: NodeBinary): string {
  const flags = words.filter((word) => word.startsWith("--")).map((word) => word.split("=", 1)[0] ?? "");
  const unknown = binary.version === undefined ? [] : flags.filter((flag) => !binary.flags.has(flag));
  return [
    `Set again, they would be in the command line of every node that is added, started or upgraded from then on, before the network's name: ${words.map(quoted).join(" ")}`,
    ...wrongFlags(words).map((why) => `but wnm would refuse them: they go to every node${why}`),
    ...(unknown.length === 0
      ? []
      : [`but ${binary.path} does not know ${unknown.join(", ")}, so no node would start`]),
  ].join("; ");
}
