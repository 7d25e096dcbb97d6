/** The version of this wnm, which the build takes from package.json. */
export const VERSION: string = process.env.WNM_VERSION_AT_BUILD ?? "0.0.0";
