import { join } from "node:path";
import { settingsTable } from "../src/settings/usage.ts";

const README = join(import.meta.dir, "../README.md");

/** The README with its table of settings made anew. */
export const withSettings = (text: string): string =>
  text.replace(
    /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/,
    (_, begin, end) => `${begin}${settingsTable()}${end}`,
  );

if (import.meta.main) await Bun.write(README, withSettings(await Bun.file(README).text()));
