import { expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..", "src");

type Import = {
  readonly file: string;
  readonly target: string;
  readonly types_only: boolean;
  readonly lazy: boolean;
};

/** Every import of the program, by reading its lines; targets of ours are paths below src. */
const imports: readonly Import[] = await Promise.all(
  [...new Glob("**/*.ts").scanSync(ROOT)].map(async (file) => {
    const text = await Bun.file(join(ROOT, file)).text();
    const found = [
      ...text.matchAll(/^(?:import|export) (type )?[^;]*? from "([^"]+)"/gms),
      ...text.matchAll(/^import (type )?()"([^"]+)"/gm),
      ...[...text.matchAll(/await (import)\("([^"]+)"\)/g)],
    ];
    return found.map(([all, types, target = ""]) => ({
      file,
      target: target.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), target)) : target,
      types_only: types === "type ",
      lazy: all.startsWith("await"),
    }));
  }),
).then((lists) => lists.flat());

const folderOf = (path: string): string =>
  path.includes("/") ? (path.split("/")[0] ?? "") : path.replace(/\.ts$/, "");
const isOurs = (target: string): boolean => target.endsWith(".ts");
const offences = (offends: (edge: Import) => boolean): readonly string[] =>
  imports.filter(offends).map((edge) => `${edge.file} -> ${edge.target}`);

const DRIVERS = ["process", "firewall", "software", "host"];

/** Which folders a folder may import values from; a missing one is free (run, main and their like at the top). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  settings: ["model", "errors"],
  decide: ["model", "settings"],
  os: ["model", "errors"],
  host: ["model", "settings", "os", "errors"],
  software: ["model", "settings", "os", "errors"],
  process: ["model", "settings", "os", "errors"],
  firewall: ["model", "settings", "os", "errors"],
  store: ["model", "settings", "os", "errors", "software"],
  report: ["model", "settings", "os", "errors", "decide"],
  execute: ["model", "settings", "os", "errors", "decide", "software"],
};

test("folders import only leftwards", () => {
  expect(
    offences(({ file, target, types_only }) => {
      const allowed = MAY_IMPORT[folderOf(file)];
      if (allowed === undefined || types_only || !isOurs(target)) return false;
      const to = folderOf(target);
      return to !== folderOf(file) && !allowed.includes(to);
    }),
  ).toEqual([]);
});

test("no driver imports another driver, the store, deciding or the run", () => {
  const forbidden = ["store", "decide", "execute", "run", "main"];
  expect(
    offences(({ file, target }) => {
      const [from, to] = [folderOf(file), folderOf(target)];
      return (
        DRIVERS.includes(from) &&
        isOurs(target) &&
        to !== from &&
        (DRIVERS.includes(to) || forbidden.includes(to))
      );
    }),
  ).toEqual([]);
});

test("the pure core does no I/O and knows neither clock nor chance", async () => {
  const pure = /^(model|decide|settings)\//;
  expect(
    offences(
      ({ file, target }) => pure.test(file) && file !== "settings/sources.ts" && /^(node|bun):/.test(target),
    ),
  ).toEqual([]);
  const impure =
    /(?<![.\w])(process\.|Date\.now|new Date|Math\.random|setTimeout|fetch\(|async |await |Bun\.(?!semver))/;
  const dirty: string[] = [];
  for (const file of new Glob("{model,decide,settings}/**/*.ts").scanSync(ROOT)) {
    const code = (await Bun.file(join(ROOT, file)).text()).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const hit = impure.exec(code)?.[0];
    if (hit !== undefined) dirty.push(`${file}: ${hit}`);
  }
  expect(dirty).toEqual([]);
});

test("each effect has one home", async () => {
  const homes: readonly (readonly [what: RegExp, homes: RegExp])[] = [
    [/^bun:sqlite$/, /^store\//],
    [/^bun:ffi$/, /^os\/lock\.ts$/],
    [/^systeminformation/, /^host\/macos\.ts$/],
    [/^citty$/, /^settings\/(arguments|usage)\.ts$/],
    [/^consola/, /^log\.ts$/],
    [/^node:child_process$/, /^$/],
  ];
  for (const [what, home] of homes) {
    expect(offences(({ file, target }) => what.test(target) && !home.test(file))).toEqual([]);
  }
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    const text = await Bun.file(join(ROOT, file)).text();
    if (/Bun\.spawn/.test(text)) expect(["os/command.ts", "process/setsid-rights.ts"]).toContain(file);
  }
});

test("systeminformation is loaded only when it is needed", () => {
  expect(offences(({ target, lazy }) => target.startsWith("systeminformation") && !lazy)).toEqual([]);
});

test("there are no cycles", () => {
  const edges = Map.groupBy(
    imports.filter(({ target, types_only }) => isOurs(target) && !types_only),
    ({ file }) => file,
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) throw new Error(`import cycle: ${[...path, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const edge of edges.get(file) ?? []) visit(edge.target, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  expect(done.size).toBeGreaterThan(20);
});

test("no barrels, no default exports, no junk-drawer names", async () => {
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    expect(file).not.toMatch(/(^|\/)(index|utils?|helpers?|common)\.ts$/);
    if (!file.endsWith(".d.ts"))
      expect(await Bun.file(join(ROOT, file)).text()).not.toMatch(/^export default/m);
  }
});

test("nothing outside the register compares a manager's name", async () => {
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    if (file === "process/register.ts") continue;
    expect(await Bun.file(join(ROOT, file)).text()).not.toMatch(
      /[!=]== "(systemd|launchd|setsid|antctl|docker)\b/,
    );
  }
});
