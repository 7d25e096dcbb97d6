import { counted } from "../../base/text.ts";
import type { NodeBinary } from "../../model/host.ts";
import type { ManagerKind } from "../../model/node.ts";
import type { ProcessManager } from "../../process/contract/manager.ts";
import { browserBlock } from "../../software/browser-block.ts";
import type { NewColony } from "./new-colony.ts";

/** The text that says what was created and what to do next. Pure. */
export function newColonyText(
  { config, host, nodes }: NewColony,
  binary: NodeBinary,
  { runs }: Pick<ProcessManager, "runs">,
  worksHere: readonly ManagerKind[],
): string {
  const others = worksHere.filter((kind) => kind !== config.process_manager);
  const ports = (block: number) => {
    const first = block * 1000 + 1;
    return config.node_cap === 1 ? `${first}` : `${first} to ${block * 1000 + config.node_cap}`;
  };
  const browsers = browserBlock(config, binary);
  const program =
    binary.version === undefined
      ? `none yet: ${binary.problem}`
      : `${binary.path}, an ${binary.software}, version ${binary.version}`;
  const rows: readonly (readonly [string, string])[] = [
    ["database", host.paths.database],
    ["node storage", config.node_storage.join(", ")],
    ["logs", host.paths.logs],
    ["nodes run by", `${config.process_manager}${runs === undefined ? "" : ` (${runs.join(" and ")} only)`}`],
    ...(others.length === 0 ? [] : [["works here too", others.join(", ")] as const]),
    ["rewards to", config.rewards_address ?? ""],
    ["node program", program],
    ...(nodes.length === 0 ? [] : [["nodes taken", String(nodes.length)] as const]),
    [
      "at most",
      `${counted(config.node_cap, "node")}, ports ${ports(config.port_start)}, metrics ${ports(config.metrics_port_start)}`,
    ],
    [
      "forward",
      `UDP ${ports(config.port_start)}${browsers === undefined ? "" : `, and ${ports(browsers)} for browsers`}`,
    ],
  ];
  return [
    "Initialization complete.",
    ...rows.map(([name, value]) => `  ${name.padEnd(16)}${value}`),
    "",
  ].join("\n");
}
