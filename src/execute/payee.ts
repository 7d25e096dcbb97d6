import { WnmError } from "../base/errors.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { chooseWallet } from "../settings/rewards.ts";
import type { ExecutionContext } from "./context.ts";

/**
 * The wallet that receives the node's rewards: the one in its row, else one drawn from rewards_address. Throws WnmError
 * when that setting is unreadable, so that nobody else is paid.
 */
export function payeeOf(node: Pick<Node, "id" | "wallet">, { config, random }: ExecutionContext): string {
  const payee = node.wallet ?? chooseWallet(config.rewards_address, config.donate_address, random());
  if (payee !== undefined) return payee;
  throw new WnmError(
    `It is unknown who is to be paid for ${nodeLabel(node)}: give --rewards_address, a 0x address, faucet or donate`,
  );
}
