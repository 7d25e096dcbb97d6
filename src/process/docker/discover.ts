import { namesIn } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { identityOf } from "../os/process-id.ts";
import { readTextFile } from "../os/text-file.ts";
import { splitWords } from "../settings/kinds.ts";
import { LABEL } from "./docker-arguments.ts";
import type { Engine } from "./docker-engine.ts";
import type { Seen } from "./docker-inspect.ts";
import { stateOfOwn } from "./docker-state.ts";
import type { Discovered, Discovery, Found, LeftOut } from "./found.ts";
import { readNodeArguments } from "./node-arguments.ts";

/** The nodes that are containers of this engine, of any colony. Throws WnmError when the engine does not tell. */
export async function discoverOwn(engine: Engine): Promise<Discovery> {
  const list = ["ps", "--all", "--filter", `label=${LABEL.node}`, "--format", "{{.Names}}"];
  const names = (await engine.call(list)).stdout.split("\n").filter((name) => name !== "");
  const processes = nodesByFolder();
  const found: Discovered[] = [];
  const left_out: LeftOut[] = [];
  for (const [name, look] of await engine.look(names)) {
    const source = `container ${name}`;
    if (look === "missing") continue;
    const node = "unknown" in look ? undefined : nodeIn(commandIn(look));
    if ("unknown" in look) left_out.push({ source, because: look.unknown });
    else if (node === undefined) left_out.push({ source, because: "its command is not as wnm gives it" });
    else {
      const [process] = processes?.get(readNodeArguments(node.args).root_dir ?? "") ?? [];
      const asked = { name, storage: look.labels[LABEL.colony] ?? "", has_run: true };
      found.push({
        manager: "docker+user",
        source,
        service: name,
        user: undefined,
        ...node,
        process: stateOfOwn(asked, look, process && identityOf(process)),
      });
    }
  }
  return { found, left_out };
}

/** A node that its container is to run, with the container's name. */
export type Defined = Found & {
  readonly container: string;
  readonly label: string;
  readonly root_dir: string;
};

/** The nodes that are defined for shared containers below the folder. */
export const definedNodes = (control: string): readonly Defined[] =>
  namesIn(control).flatMap((container) => {
    const folder = `${control}/${container}/nodes`;
    return namesIn(folder)
      .filter((file) => file.endsWith(".node"))
      .flatMap((file) => {
        const source = `${folder}/${file}`;
        const node = nodeIn(splitWords(/^set -- (.*)$/ms.exec(readTextFile(source) ?? "")?.[1] ?? "") ?? []);
        const { root_dir } = readNodeArguments(node?.args ?? []);
        if (node === undefined || root_dir === undefined) return [];
        const label = file.slice(0, -".node".length);
        const known = { manager: "s6overlay+user", source, service: container, user: undefined } as const;
        return [{ ...known, ...node, container, label, root_dir }];
      });
  });

/** The words after those for our init: /wnm/init.sh one PORT COMMAND… */
const commandIn = ({ command }: Seen): readonly string[] => command.slice(command.indexOf("one") + 2);

/** The node that `env -i NAME=VALUE… PROGRAM ARGUMENT…` runs; undefined for another command. */
function nodeIn(words: readonly string[]): Pick<Found, "program" | "args" | "env"> | undefined {
  const [env, clean, ...rest] = words;
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
