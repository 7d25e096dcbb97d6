/** How many inputs a property is tried with: a twentieth of `whole` in `bun run test:fast`. */
export const runs = (whole: number): number => (process.env.WNM_FAST === "1" ? Math.ceil(whole / 20) : whole);
