import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ManagerKind } from "../model/node.ts";
import { accountOf } from "../os/account.ts";
import { namesIn } from "../os/files.ts";
import { parseUnit } from "../process/unit-file.ts";
import type { World } from "../world.ts";
import type { Finds, Found, LeftOut } from "./found.ts";
import { runsAntnode } from "./node-arguments.ts";

/** Folder of the units that an administrator makes, which is where all managers of nodes put theirs. */
export const SYSTEM_UNITS = "/etc/systemd/system";

/** Nodes that systemd runs, for the system and for this account. Whoever wrote the units: wnm, Python wnm, anm, a hand. */
export const systemdNodes = (world: World): readonly Finds[] => [
  nodesOfUnits(SYSTEM_UNITS, "systemd+sudo", { h: "/root", u: "root" }),
  nodesOfUnits(userUnits(world), "systemd+user", {
    h: world.home,
    u: accountOf(world.uid)?.user ?? String(world.uid),
  }),
];

const userUnits = ({ env, home }: World): string =>
  `${env.XDG_CONFIG_HOME?.startsWith("/") === true ? env.XDG_CONFIG_HOME : `${home}/.config`}/systemd/user`;

/** Nodes of the units in one folder. `specifiers` are what %h and %u mean there. */
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
    if (unit !== undefined && runsAntnode(unit.program, unit.args)) {
      const { program, args, env, user = specifiers.u } = unit;
      found.push({ manager, source, service: name, user, program, args, env });
    } else if (/^ant-?node/.test(name)) {
      left_out.push({
        source,
        because:
          unit === undefined ? "it cannot be read, or starts nothing" : `it runs ${unit.program}, no antnode`,
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
