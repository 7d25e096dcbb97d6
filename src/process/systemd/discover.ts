import { basename } from "node:path";
import { WnmError } from "../../base/errors.ts";
import type { ManagerKind } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { bytesOf, textOf } from "../../os/files/open-regular.ts";
import { isUnknown, namesAt, namesIn } from "../../os/files/presence.ts";
import { isNamedAfterNode, softwareRunBy } from "../../software/recognise.ts";
import type { Discovery, FoundNode, FoundNodes, LeftOut } from "../contract/found-node.ts";
import { parseEnvironmentFile } from "./environment-file.ts";
import { parseUnit } from "./parse-unit.ts";
import { stateOf } from "./state.ts";
import type { Systemctl } from "./systemctl.ts";

/** A folder of units and the systemd that runs them, which is enough to find nodes. */
export type UnitSource = {
  readonly kind: ManagerKind;
  readonly folder: string;
  /** Values of specifiers such as %h and %u, by letter. */
  readonly specifiers: Readonly<Record<string, string>>;
  readonly systemctl: Systemctl;
};

/** Finds nodes with a unit in the folder, written by wnm, Python wnm, anm or the operator. */
export async function discoverUnits(source: UnitSource): Promise<Discovery> {
  const { found, left_out } = nodesOfUnits(source.folder, source.kind, source.specifiers);
  const states = await statesOf(found, source.systemctl);
  return { found: found.map((node, i) => ({ ...node, process: states(i) })), left_out };
}

async function statesOf(
  found: readonly FoundNode[],
  { show }: Systemctl,
): Promise<(at: number) => ProcessState> {
  try {
    const units = await show(found.map(({ service = "" }) => service));
    return (at) => {
      const unit = units[at];
      return unit === undefined
        ? { state: "unknown", because: "systemd gave no answer for it" }
        : stateOf(unit);
    };
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    const { message } = error;
    return () => ({ state: "unknown", because: message });
  }
}

/** The nodes defined by the units in one folder. */
export function nodesOfUnits(
  folder: string,
  manager: ManagerKind,
  specifiers: Readonly<Record<string, string>>,
): FoundNodes {
  const names = namesAt(folder);
  if (names === "absent") return { found: [], left_out: [] };
  if (isUnknown(names))
    return { found: [], left_out: [{ source: folder, because: `it cannot be read: ${names.unknown}` }] };
  const found: FoundNode[] = [];
  const left_out: LeftOut[] = [];
  for (const name of names.found.filter((file) => file.endsWith(".service"))) {
    const node = nodeOfUnit(folder, name, specifiers);
    if (node === undefined) continue;
    if ("because" in node) left_out.push(node);
    else found.push({ manager, ...node });
  }
  return { found, left_out };
}

/** The node defined by a unit, or why it is left out; undefined for a unit that has nothing to do with nodes. */
function nodeOfUnit(
  folder: string,
  name: string,
  specifiers: Readonly<Record<string, string>>,
): Omit<FoundNode, "manager"> | LeftOut | undefined {
  const source = `${folder}/${name}`;
  const stem = basename(name, ".service");
  const text = unitText(folder, name);
  const unit = text === undefined ? undefined : parseUnit(text, { ...specifiers, n: name, N: stem, p: stem });
  if (unit === undefined || softwareRunBy(unit.program, unit.args) === undefined) {
    if (!isNamedAfterNode(name)) return undefined;
    const because =
      unit === undefined ? "it cannot be read, or starts nothing" : `it runs ${unit.program}, not a node`;
    return { source, because };
  }
  const { program, args, user = specifiers.u, environment_file } = unit;
  // `systemctl show` fails for all units when one of them is a template.
  if (stem.endsWith("@")) return { source, because: "it is a template, and wnm writes a unit for each node" };
  const secrets = environment_file === undefined ? {} : variablesAt(environment_file);
  if (secrets === undefined)
    return { source, because: `its variables in ${environment_file} cannot be read; try it as root` };
  const obstacle = hasOwnStart(folder, name)
    ? "a drop-in of its unit says what it starts, and wnm writes that into the unit"
    : undefined;
  return { source, service: name, user, program, args, env: { ...unit.env, ...secrets }, obstacle };
}

/** True when a drop-in of the unit sets its ExecStart. */
const hasOwnStart = (folder: string, name: string): boolean =>
  dropIns(folder, name).some((path) => /^\s*ExecStart\s*=/m.test(textOf(path, "definition") ?? ""));

const dropIns = (folder: string, name: string): readonly string[] =>
  namesIn(`${folder}/${name}.d`)
    .filter((file) => file.endsWith(".conf"))
    .map((file) => `${folder}/${name}.d/${file}`);

/** Reads an environment file; undefined when it cannot be read. A path with a leading "-" may be missing. */
function variablesAt(path: string): Readonly<Record<string, string>> | undefined {
  const text = textOf(path.replace(/^-/, ""), "definition");
  if (text === undefined) return path.startsWith("-") ? {} : undefined;
  return parseEnvironmentFile(text);
}

/** The unit's text and its drop-ins, in the order in which systemd reads them. */
function unitText(folder: string, name: string): string | undefined {
  try {
    const parts = [`${folder}/${name}`, ...dropIns(folder, name)];
    return parts.map((part) => bytesOf(part, "definition").toString("utf8")).join("\n");
  } catch {
    return undefined;
  }
}
