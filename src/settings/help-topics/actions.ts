import { FORCED_ACTIONS, forcedActionHelp } from "../forced-actions.ts";
import { definitions } from "../text-layout.ts";

/** Every forced action, and which nodes it applies to. */
export const actionsTopic =
  (): string => `wnm --force_action NAME does this one thing instead of deciding. Thresholds and limits do not count.

Actions:
${definitions(FORCED_ACTIONS.map((name) => [name, forcedActionHelp(name)]))}
--service_name names nodes: antnode0001, 1, or a list such as 1,2,5.
--count says how many when no node is named; the default is 1.
--dry_run shows what would be done.

    wnm --force_action stop --service_name antnode0003
    wnm --force_action disable --service_name antnode0003
    wnm --force_action teardown --confirm

A node whose folder or disk is permanently lost: remove it, or start it again with a new identity.
    wnm --force_action remove --service_name antnode0003 --confirm
    wnm --force_action start --service_name antnode0003 --confirm
`;
