import { WnmError } from "../base/errors.ts";
import type { NodeBinary } from "../model/host.ts";
import type { ProcessManager } from "../process/contract/manager.ts";
import { whyAlone, whyUnrunnable } from "../process/contract/unfit-program.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { chooseWallet } from "../settings/rewards.ts";

/** Why a new node could not work here, with the remedy; undefined when it could. Starts no program. */
export function whyNoNewNode(
  binary: NodeBinary,
  manager: Pick<ProcessManager, "runs" | "ready" | "account">,
  config: MachineConfig,
): string | undefined {
  if (binary.version === undefined) return binary.problem;
  if (chooseWallet(config.rewards_address, config.donate_address, 0) === undefined)
    return "it is unknown who is to be paid for it; give --rewards_address, a 0x address, faucet or donate";
  return (
    whyUnrunnable(binary, manager, config) ??
    whyAlone(binary, manager.account.home, config) ??
    whyUnready(manager)
  );
}

function whyUnready({ ready }: Pick<ProcessManager, "ready">): string | undefined {
  try {
    ready?.();
    return undefined;
  } catch (error) {
    if (error instanceof WnmError) return error.message;
    throw error;
  }
}
