import { readFileSync } from "node:fs";
import type { ManagerKind } from "../model/node.ts";
import { namesIn } from "../os/files.ts";
import type { World } from "../world.ts";
import type { Finds, Found, LeftOut } from "./found.ts";
import { runsAntnode } from "./node-arguments.ts";

/** Nodes that launchd runs, for the system and for this account. launchd.plist(5). */
export const launchdNodes = (world: World): readonly Finds[] =>
  world.platform === "darwin"
    ? [
        nodesOfPlists("/Library/LaunchDaemons", "launchd+sudo"),
        nodesOfPlists(`${world.home}/Library/LaunchAgents`, "launchd+user"),
      ]
    : [];

/** Nodes of the property lists in one folder. */
export function nodesOfPlists(folder: string, manager: ManagerKind): Finds {
  const found: Found[] = [];
  const left_out: LeftOut[] = [];
  for (const name of namesIn(folder).filter((file) => /ant-?node.*\.plist$/.test(file))) {
    const source = `${folder}/${name}`;
    const job = jobOf(source);
    const [program, ...args] = job?.command ?? [];
    if (job === undefined || program === undefined || !runsAntnode(program, args)) {
      left_out.push({
        source,
        because: "it cannot be read as a property list in XML that starts an antnode",
      });
    } else {
      found.push({ manager, source, service: job.label, user: job.user, program, args, env: job.env });
    }
  }
  return { found, left_out };
}

type Job = {
  readonly label: string;
  readonly user: string | undefined;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

function jobOf(path: string): Job | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const plist = parsePlist(text);
  if (plist === undefined || typeof plist !== "object" || Array.isArray(plist)) return undefined;
  const { Label, ProgramArguments, UserName, EnvironmentVariables } = plist as Readonly<
    Record<string, Plist>
  >;
  if (typeof Label !== "string" || !Array.isArray(ProgramArguments)) return undefined;
  return {
    label: Label,
    user: typeof UserName === "string" ? UserName : undefined,
    command: ProgramArguments.map(String),
    env: Object.fromEntries(
      Object.entries(EnvironmentVariables ?? {}).map(([name, value]) => [name, String(value)]),
    ),
  };
}

/** A value of a property list. */
export type Plist = string | number | boolean | readonly Plist[] | { readonly [key: string]: Plist };

/** Reads a property list in XML; undefined when it is not one. Pure. Dates and data stay text. */
export function parsePlist(text: string): Plist | undefined {
  const body = text.replace(/<\?.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->/gs, "");
  const tokens = [...body.matchAll(/<(\/?)([a-z]+)(?:\s[^>]*?)?(\/?)>|([^<]+)/g)].map(
    ([, end = "", tag = "", empty = "", words = ""]) => ({
      end: end !== "",
      tag,
      empty: empty !== "",
      words,
    }),
  );
  let at = 0;
  const skipBlank = () => {
    while (tokens[at]?.tag === "" && tokens[at]?.words.trim() === "") at++;
  };
  const closes = (tag: string): boolean => {
    skipBlank();
    if (tokens[at]?.end !== true || tokens[at]?.tag !== tag) return false;
    at++;
    return true;
  };
  const words = (tag: string): string => {
    let all = "";
    while (tokens[at]?.tag === "") all += tokens[at++]?.words ?? "";
    if (!closes(tag)) throw new SyntaxError(tag);
    return unescaped(all);
  };
  const value = (): Plist => {
    skipBlank();
    const token = tokens[at++];
    if (token === undefined || token.end || token.tag === "") throw new SyntaxError("value");
    if (token.tag === "true" || token.tag === "false") {
      if (!token.empty) words(token.tag);
      return token.tag === "true";
    }
    if (token.tag === "dict") {
      const dict: Record<string, Plist> = {};
      if (!token.empty) {
        while (!closes("dict")) {
          if (tokens[at++]?.tag !== "key") throw new SyntaxError("key");
          const name = words("key");
          dict[name] = value();
        }
      }
      return dict;
    }
    if (token.tag === "array") {
      const list: Plist[] = [];
      if (!token.empty) while (!closes("array")) list.push(value());
      return list;
    }
    const content = token.empty ? "" : words(token.tag);
    return token.tag === "integer" || token.tag === "real" ? Number(content) : content;
  };
  try {
    skipBlank();
    if (tokens[at++]?.tag !== "plist") return undefined;
    const read = value();
    return closes("plist") ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-z]+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10));
  });
