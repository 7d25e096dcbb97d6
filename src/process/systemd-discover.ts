import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { WnmError } from "../errors.ts";
import type { ManagerKind } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { namesIn } from "../os/files.ts";
import type { Discovery, Finds, Found, LeftOut } from "./found.ts";
import { runsNode } from "./node-arguments.ts";
import type { Systemctl } from "./systemctl.ts";
import { stateOf } from "./systemd-state.ts";
import { parseUnit } from "./unit-file.ts";

/** Where units are, and who tells of them: enough to find nodes. */
export type UnitPlace = {
  readonly kind: ManagerKind;
  readonly folder: string;
  /** What %h, %u … mean there, by their letter. */
  readonly specifiers: Readonly<Record<string, string>>;
  readonly systemctl: Systemctl;
};

/** The nodes whose units are in the folder, whoever wrote them: wnm, Python wnm, anm, a hand. */
export async function discoverUnits(place: UnitPlace): Promise<Discovery> {
  const { found, left_out } = nodesOfUnits(place.folder, place.kind, place.specifiers);
  const states = await statesOf(found, place.systemctl);
  return { found: found.map((node, i) => ({ ...node, process: states(i) })), left_out };
}

async function statesOf(found: readonly Found[], { show }: Systemctl): Promise<(at: number) => ProcessState> {
  try {
    const units = await show(found.map(({ service = "" }) => service));
    return (at) => {
      const unit = units[at];
      return unit === undefined ? { state: "unknown", because: "systemd did not tell" } : stateOf(unit);
    };
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    const { message } = error;
    return () => ({ state: "unknown", because: message });
  }
}

/** Nodes of the units in one folder. */
export function nodesOfUnits(
  folder: string,
  manager: ManagerKind,
  specifiers: Readonly<Record<string, string>>,
): Finds {
  const found: Found[] = [];
  const left_out: LeftOut[] = [];
  for (const name of namesIn(folder).filter((file) => file.endsWith(".service"))) {
    const source = `${folder}/${name}`;
    const stem = basename(name, ".service");
    const text = unitText(folder, name);
    const unit =
      text === undefined ? undefined : parseUnit(text, { ...specifiers, n: name, N: stem, p: stem });
    if (unit !== undefined && runsNode(unit.program, unit.args)) {
      const { program, args, env, user = specifiers.u } = unit;
      found.push({ manager, source, service: name, user, program, args, env });
    } else if (/^ant-?node/.test(name)) {
      left_out.push({
        source,
        because:
          unit === undefined ? "it cannot be read, or starts nothing" : `it runs ${unit.program}, no node`,
      });
    }
  }
  return { found, left_out };
}

/** The unit and its drop-ins, as systemd reads them: one after the other. */
function unitText(folder: string, name: string): string | undefined {
  const parts = [
    `${folder}/${name}`,
    ...namesIn(`${folder}/${name}.d`)
      .filter((file) => file.endsWith(".conf"))
      .map((file) => `${folder}/${name}.d/${file}`),
  ];
  try {
    return parts.map((part) => readFileSync(part, "utf8")).join("\n");
  } catch {
    return undefined;
  }
}
