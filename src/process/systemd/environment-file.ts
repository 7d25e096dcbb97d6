import { noVariable } from "./unit-file.ts";

/** The text of an EnvironmentFile=, systemd.exec(5). Throws WnmError for a name that systemd would drop. Pure. */
export const renderEnvironmentFile = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name)) throw noVariable(name);
      return `${name}="${value.replace(/[\\"`$]/g, "\\$&")}"\n`;
    })
    .join("");

/** Parses an EnvironmentFile= written by wnm or the operator. Pure. */
export function parseEnvironmentFile(text: string): Readonly<Record<string, string>> {
  const line = /^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\n"'\\]|\\.)*)/gms;
  return Object.fromEntries(
    [...text.replace(/^[ \t]*[#;].*$/gm, "").matchAll(line)].map(([, name = "", value = ""]) => [
      name,
      value
        .trim()
        .replace(
          /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
          (_, double?: string, single?: string, one?: string) =>
            double === undefined ? (single ?? one ?? "") : double.replace(/\\([\\"`$])/g, "$1"),
        ),
    ]),
  );
}
