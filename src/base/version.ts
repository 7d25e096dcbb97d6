/** This version of wnm, set by the build from package.json. */
export const VERSION: string = process.env.WNM_VERSION_AT_BUILD ?? "0.0.0";
