import { basename } from "node:path";

type Argv = readonly string[];

/** True for the command line of an `ant node` daemon: the same test as its own (ant-core 0.14.0, daemon/client.rs). */
export const isAntDaemon = ([program = "", ...words]: Argv): boolean =>
  basename(program) === "ant" && words.includes("daemon");

/** Folders of Formicaio's nodes (0.8.7, node_mgr/native_nodes.rs). */
export const OF_FORMICAIO = /\/node_data\/[0-9a-f]{12}$/;

/** True for the command line of Formicaio. */
export const isFormicaio = ([program = ""]: Argv): boolean => basename(program) === "formicaio";

export const STOP_ANT_DAEMON = "stop it first, its nodes keep running: ant node daemon stop";

/** A sentence saying that this process manages nodes and how to stop it; undefined if it manages none. */
export function managing(pid: number, argv: Argv): string | undefined {
  if (isAntDaemon(argv))
    return `The ant node daemon (process ${pid}) is running and would start and stop its nodes alongside wnm; ${STOP_ANT_DAEMON}`;
  return isFormicaio(argv)
    ? `Formicaio (process ${pid}) is running and would start and stop its nodes alongside wnm; stop it first, its nodes keep running: kill ${pid}`
    : undefined;
}
