/** SemVer 2.0.0 with up to nine digits per number; build metadata after a + is ignored. */
const SEMVER =
  /^(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z-]{1,40}(?:\.[0-9A-Za-z-]{1,40}){0,9})?)(?:\+[0-9A-Za-z.-]{1,80})?$/;

/** Compares two versions. undefined when one is unknown or no semantic version: then nothing may be done because of it. */
export function compareVersions(
  a: string | undefined,
  b: string | undefined,
): "older" | "equal" | "newer" | undefined {
  const [left, right] = [SEMVER.exec(a ?? "")?.[1], SEMVER.exec(b ?? "")?.[1]];
  if (left === undefined || right === undefined) return undefined;
  const order = Bun.semver.order(left, right);
  if (order === 0) return "equal";
  return order < 0 ? "older" : "newer";
}
