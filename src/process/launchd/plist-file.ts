import type { Node } from "../model/node.ts";
import type { Launch } from "./manager.ts";
import type { PlistDict } from "./plist.ts";

/** A place of launchd where jobs live, and the session that its agents say they belong to; the system has none. */
export type Domain = { readonly name: string; readonly session: "Aqua" | "Background" | undefined };

/** Python wnm's labels, so that jobs it has loaded are found again. */
export const labelOf = (node: Pick<Node, "id">): string => `com.autonomi.antnode-${node.id}`;

/**
 * The node's job, launchd.plist(5): it comes back when it ends, at boot and at login. An agent belongs to one kind of
 * session only, else login would start a second one beside that of the background session. Pure.
 */
export const jobOf = (
  node: Node,
  launch: Launch,
  where: { readonly domain: Domain; readonly runs_as: string | undefined },
): PlistDict => ({
  Label: labelOf(node),
  ...(where.domain.session === undefined ? {} : { LimitLoadToSessionType: where.domain.session }),
  ...(where.runs_as === undefined ? {} : { UserName: where.runs_as }),
  ProgramArguments: [node.binary, ...launch.args],
  WorkingDirectory: node.root_dir,
  EnvironmentVariables: { ...launch.env },
  RunAtLoad: true,
  KeepAlive: true,
  ThrottleInterval: 15,
  ExitTimeOut: 20,
  SoftResourceLimits: { NumberOfFiles: 65_536 },
  HardResourceLimits: { NumberOfFiles: 65_536 },
  ...(node.log_dir === undefined
    ? {}
    : {
        StandardOutPath: `${node.log_dir}/output.log`,
        StandardErrorPath: `${node.log_dir}/output.log`,
      }),
});
