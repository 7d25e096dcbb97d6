import { messageOf } from "../../base/text.ts";
import { nodeLabel } from "../../model/node.ts";
import { managerKinds } from "../../observe/managers.ts";
import { accountOf } from "../../os/account.ts";
import { asRoot } from "../../os/advice.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { namesIn } from "../../os/files/presence.ts";
import { UNIT_FOLDER } from "../../process/systemd/access.ts";
import { isAsWritten } from "../../process/systemd/unit-file.ts";
import { lingerFindings, userBus } from "../../process/systemd/user-manager.ts";
import { type Answer, found, good, type Patient, type Question } from "./answer.ts";

const usesSystemd = ({ config, nodes }: Patient, mode: "+user" | "+sudo"): boolean =>
  [...managerKinds(config, nodes)].some((kind) => kind.startsWith("systemd") && kind.endsWith(mode));

/** Checks that this account's systemd runs, and that lingering keeps it running after logout. */
export const askUserSystemd: Question = (patient) => {
  const { world } = patient;
  if (!usesSystemd(patient, "+user")) return [];
  const user = accountOf(world.uid)?.user ?? String(world.uid);
  const linger = asRoot(`loginctl enable-linger ${user}`);
  const answers: Answer[] = lingerFindings(user).map((finding) => ({ is: "found", finding }));
  try {
    userBus({ user, uid: world.uid, env: world.env });
  } catch (error) {
    const cure = `${linger} && ${asRoot(`systemctl start user@${world.uid}.service`)}`;
    answers.push(found("no-user-bus", { sentence: messageOf(error).split("; start it")[0] ?? "", cure }));
  }
  return answers.length > 0
    ? answers
    : [good(`the systemd user instance of ${user} runs, and lingering is on`)];
};

/** Checks for node units that were edited by hand or have drop-ins. */
export const askUnits: Question = async (patient) => {
  const { nodes, world } = patient;
  const answers: Answer[] = [];
  for (const mode of ["+user", "+sudo"] as const) {
    if (!usesSystemd(patient, mode)) continue;
    const folder = mode === "+sudo" ? UNIT_FOLDER : `${world.home}/.config/systemd/user`;
    const scope = mode === "+sudo" ? "" : "--user ";
    for (const node of nodes.filter(({ manager_type }) => manager_type === `systemd${mode}`)) {
      if (isAsWritten(textOf(`${folder}/${node.service}`, "definition") ?? "") === false)
        answers.push(
          found("unit-changed", {
            node: node.id,
            subject: "text",
            sentence: `The unit of ${nodeLabel(node)} was edited by hand, which its next start undoes (a drop-in stays: systemctl ${scope}edit): ${folder}/${node.service}`,
            cure: `wnm --force_action ${node.status === "STOPPED" ? "start" : "restart"} --service_name ${nodeLabel(node)}`,
          }),
        );
      const added = namesIn(`${folder}/${node.service}.d`).filter((name) => name.endsWith(".conf"));
      if (added.length > 0)
        answers.push(
          found("unit-changed", {
            node: node.id,
            sentence: `The unit of ${nodeLabel(node)} was changed by hand: ${folder}/${node.service}.d/${added[0]}`,
            cure:
              mode === "+sudo"
                ? asRoot(`systemctl revert ${node.service}`)
                : `systemctl ${scope}revert ${node.service}`,
          }),
        );
    }
  }
  return answers;
};
