import type { NodeBinary } from "../model/host.ts";
import type { NodeId } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { SOFTWARE } from "./generations.ts";

/** The port block, in thousands, of new nodes' browser ports; undefined: they have none. Pure. */
export function browserBlock(config: MachineConfig, binary: NodeBinary): number | undefined {
  if (binary.version === undefined) return undefined;
  const first = { id: 1 as NodeId, rpc_port: 0 };
  const port = SOFTWARE[binary.software].webrtcPort(first, config, binary.flags);
  return port === undefined ? undefined : Math.floor(port / 1000);
}
