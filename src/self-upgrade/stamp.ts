/** What the release build put in; all "" in a build made from a checkout, which never upgrades itself. */
export const STAMP = {
  /** The artefact that this program is, such as "linux-x64". */
  target: process.env.WNM_TARGET_AT_BUILD ?? "",
  /** The minisign key that releases are signed with. */
  publicKey: process.env.WNM_PUBLIC_KEY_AT_BUILD ?? "",
  /** Where releases are on the web; the environment may name a mirror, because the key proves a release. */
  releases: process.env.WNM_RELEASES_AT_BUILD ?? "",
} as const;
