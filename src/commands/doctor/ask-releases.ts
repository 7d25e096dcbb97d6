import { VERSION } from "../../base/version.ts";
import { getNodeFor } from "../../checks/get-node.ts";
import type { SoftwareKind } from "../../model/node.ts";
import { compareVersions } from "../../model/version.ts";
import { SOFTWARE } from "../../software/generations.ts";
import { type Answer, found, good, note, type Patient, type Question, unknown } from "./answer.ts";

/** Checks for a newer wnm. Only on request, because it uses the network. */
export const askLatestWnm: Question = async ({ check_releases, world }) => {
  if (!check_releases) return [];
  const { latestVersion } = await import("../../self-upgrade/self-upgrade.ts");
  const latest = await latestVersion(world);
  return compareVersions(latest, VERSION) === "newer"
    ? [
        found("newer-wnm", {
          sentence: `wnm ${latest} is available, and this is ${VERSION}`,
          cure: "wnm --self_upgrade",
        }),
      ]
    : [good(`wnm ${VERSION} is the latest release`)];
};

/** Checks for a newer node program in this colony's release channel. Only on request. */
export const askLatestNode: Question = async (patient) => {
  const { check_releases, binary, config } = patient;
  if (!check_releases || binary.version === undefined) return [];
  const { software, version } = binary;
  const { node_version_pin: pin } = config;
  if (pin !== undefined)
    return [note(`node_version_pin keeps ${software} at ${pin}, so no release is looked for`)];
  const { version: latest, published_at } = await latestOf(software, patient);
  if (latest === undefined)
    return [unknown(`the latest ${software}: its server does not say which version it is`)];
  if (compareVersions(latest, version) !== "newer")
    return [good(`${software} ${version} is the latest release`)];
  return [await newer(patient, { software, version, latest }, published_at)];
};

function latestOf(software: SoftwareKind, { config, world }: Patient) {
  const wanted = { version: "latest", channel: config.node_channel };
  const elsewhere = { mirror: config.node_mirror, archive: undefined };
  const machine = { platform: world.platform, arch: process.arch };
  return SOFTWARE[software].release(wanted, elsewhere, machine);
}

async function newer(
  { config, nodes, now }: Patient,
  {
    software,
    version,
    latest,
  }: { readonly software: SoftwareKind; readonly version: string; readonly latest: string },
  published_at: number | undefined,
): Promise<Answer> {
  const { whyTooYoung } = await import("../../get-node/hold.ts");
  const young =
    published_at === undefined
      ? undefined
      : whyTooYoung(published_at, { hours: config.node_version_hold, now });
  return young === undefined
    ? found("newer-node-program", {
        sentence: `${software} ${latest} is available, and new nodes get ${version}`,
        cure: getNodeFor(nodes),
      })
    : note(`${software} ${latest} ${young}`);
}
