/** This wnm's version: that of package.json, put in by the build. */
export const VERSION: string = process.env.WNM_VERSION_AT_BUILD ?? "0.0.0";
