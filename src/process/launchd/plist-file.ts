import type { Node, Seconds } from "../../model/node.ts";
import type { Launch } from "../contract/manager.ts";
import { nodeUmask } from "../contract/node-umask.ts";
import type { PlistDict } from "./plist-xml.ts";

/** A launchd domain and the session type of its agents; undefined for the system domain. */
export type Domain = { readonly name: string; readonly session: "Aqua" | "Background" | undefined };

/** The job's label; the same as Python wnm's, so that its loaded jobs are recognised. */
export const labelOf = (node: Pick<Node, "id">): string => `com.autonomi.antnode-${node.id}`;

/**
 * The node's job, launchd.plist(5). launchd restarts it when it ends, and starts it at boot or login. An agent is limited
 * to one session type, because login would otherwise start a second one next to the background session's. Pure.
 */
export const jobOf = (
  node: Node,
  launch: Launch,
  where: {
    readonly domain: Domain;
    readonly runs_as: string | undefined;
    /** Seconds until launchd kills a node that was asked to end. */
    readonly stop_grace: Seconds;
  },
): PlistDict => ({
  Label: labelOf(node),
  ...(where.domain.session === undefined ? {} : { LimitLoadToSessionType: where.domain.session }),
  ...(where.runs_as === undefined ? {} : { UserName: where.runs_as }),
  ProgramArguments: [node.binary, ...launch.args],
  WorkingDirectory: node.root_dir,
  EnvironmentVariables: { ...launch.env },
  RunAtLoad: true,
  KeepAlive: true,
  Umask: nodeUmask(undefined),
  ThrottleInterval: 15,
  ExitTimeOut: where.stop_grace,
  SoftResourceLimits: { NumberOfFiles: 65_536 },
  HardResourceLimits: { NumberOfFiles: 65_536 },
  ...(node.log_dir === undefined
    ? {}
    : {
        StandardOutPath: `${node.log_dir}/output.log`,
        StandardErrorPath: `${node.log_dir}/output.log`,
      }),
});
