/** The number of inputs with which a property is tested: a twentieth of `whole` in `bun run test:fast`. */
export const runs = (whole: number): number => (process.env.WNM_FAST === "1" ? Math.ceil(whole / 20) : whole);
