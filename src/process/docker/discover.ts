import { textOf } from "../../os/files/open-regular.ts";
import { namesIn } from "../../os/files/presence.ts";
import { splitWords } from "../../settings/split-words.ts";
import { readNodeArguments } from "../../software/node-arguments.ts";
import { soughtAt } from "../../software/sought.ts";
import type { DiscoveredNode, Discovery, FoundNode, LeftOut } from "../contract/found-node.ts";
import { LABEL } from "./arguments.ts";
import type { Engine } from "./engine.ts";
import type { ContainerInfo } from "./inspect.ts";
import { inContainers, shown } from "./node-process.ts";
import { stateOfOwn } from "./state.ts";

/** Finds nodes in their own containers, of any colony. Throws WnmError when the engine fails. */
export async function discoverOwn(engine: Engine): Promise<Discovery> {
  const list = ["ps", "--all", "--filter", `label=${LABEL.node}`, "--format", "{{.Names}}"];
  const names = (await engine.call(list)).stdout.split("\n").filter((name) => name !== "");
  const processes = inContainers();
  const found: DiscoveredNode[] = [];
  const left_out: LeftOut[] = [];
  for (const [name, lookup] of await engine.inspect(names)) {
    const source = `container ${name}`;
    if (lookup === "missing") continue;
    const node = "unknown" in lookup ? undefined : nodeIn(commandIn(lookup));
    if ("unknown" in lookup) left_out.push({ source, because: lookup.unknown });
    else if (node === undefined) left_out.push({ source, because: "its command is not as wnm gives it" });
    else {
      const process = shown(processes, soughtAt(readNodeArguments(node.args).root_dir ?? ""));
      const asked = { name, storage: lookup.labels[LABEL.colony] ?? "", has_run: true };
      found.push({
        manager: "docker+user",
        source,
        service: name,
        user: undefined,
        ...node,
        process: stateOfOwn(asked, lookup, process),
      });
    }
  }
  return { found, left_out };
}

/** A node defined in a shared container, with the container's name. */
export type Defined = FoundNode & {
  readonly container: string;
  readonly label: string;
  readonly root_dir: string;
};

/** The nodes of shared containers whose definitions are below the folder. */
export const definedNodes = (control: string): readonly Defined[] =>
  namesIn(control).flatMap((container) => {
    const folder = `${control}/${container}/nodes`;
    return namesIn(folder)
      .filter((file) => file.endsWith(".node"))
      .flatMap((file) => {
        const source = `${folder}/${file}`;
        const node = nodeIn(
          splitWords(/^set -- (.*)$/ms.exec(textOf(source, "definition") ?? "")?.[1] ?? "") ?? [],
        );
        const { root_dir } = readNodeArguments(node?.args ?? []);
        if (node === undefined || root_dir === undefined) return [];
        const label = file.slice(0, -".node".length);
        const known = { manager: "s6overlay+user", source, service: container, user: undefined } as const;
        return [{ ...known, ...node, container, label, root_dir }];
      });
  });

/** The node's command, which follows the arguments of wnm's init: one PORT COMMAND… */
const commandIn = ({ command }: ContainerInfo): readonly string[] =>
  command.slice(command.indexOf("one") + 2);

/** The node that a command starts, also after the `env -i NAME=VALUE…` of older wnm; undefined for any other command. */
function nodeIn(words: readonly string[]): Pick<FoundNode, "program" | "args" | "env"> | undefined {
  const [env, clean, ...rest] = words;
  if (env?.startsWith("/") === true) return { program: env, args: words.slice(1), env: {} };
  const at = rest.findIndex((word) => word.startsWith("/"));
  const [program, ...args] = rest.slice(at);
  if (env !== "env" || clean !== "-i" || at < 0 || program === undefined) return undefined;
  const pairs = rest.slice(0, at).map((word) => [word.split("=", 1)[0] ?? "", word] as const);
  return {
    program,
    args,
    env: Object.fromEntries(pairs.map(([name, word]) => [name, word.slice(name.length + 1)])),
  };
}
