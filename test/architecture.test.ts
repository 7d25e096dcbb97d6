import { expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..", "src");

type Import = { readonly file: string; readonly target: string; readonly lazy: boolean };

const FILES: readonly string[] = [...new Glob("**/*.ts").scanSync(ROOT)].toSorted();

/** Every import of the program, of values and types, found by reading lines; our own targets are paths below src. */
const imports: readonly Import[] = await Promise.all(
  FILES.map(async (file) => {
    const text = await Bun.file(join(ROOT, file)).text();
    const found = [
      ...text.matchAll(/^(?:import|export) (?:type )?[^;]*? from "([^"]+)"/gms),
      ...text.matchAll(/^import "([^"]+)"/gm),
      ...text.matchAll(/await import\("([^"]+)"\)/g),
    ];
    return found.map(([all, target = ""]) => ({
      file,
      target: target.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), target)) : target,
      lazy: all.startsWith("await"),
    }));
  }),
).then((lists) => lists.flat());

/** The room of a file: its folder directly below src; "" for the two files at the top. */
const roomOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "");
const isOurs = (target: string): boolean => target.endsWith(".ts");
const offences = (offends: (edge: Import) => boolean): readonly string[] =>
  imports.filter(offends).map((edge) => `${edge.file} -> ${edge.target}`);

/** Every room, and the rooms from which it may import, types included. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: [],
  checks: ["base", "model"],
  settings: ["base", "checks", "model"],
  decide: ["base", "model", "settings"],
  os: ["base", "model"],
  host: ["model", "os"],
  firewall: ["base", "os", "settings"],
  releases: ["base", "os"],
  "self-upgrade": ["base", "model", "os", "releases"],
  software: ["base", "model", "os", "releases", "settings"],
  "get-node": ["base", "model", "os", "releases", "software"],
  process: ["base", "firewall", "model", "os", "settings", "software"],
  store: ["base", "model", "os", "settings", "software"],
  alerts: ["base", "checks", "model", "os", "settings"],
  monitoring: ["settings"],
  report: ["base", "checks", "decide", "model", "settings"],
  observe: ["base", "decide", "firewall", "host", "model", "os", "process", "settings", "software", "store"],
  execute: ["base", "decide", "model", "observe", "os", "process", "settings", "software", "store"],
  import: ["base", "decide", "model", "observe", "os", "process", "settings", "software", "store"],
  anm: ["base", "model", "os", "settings", "store"],
  commands: [
    ...[
      "alerts",
      "anm",
      "base",
      "checks",
      "decide",
      "execute",
      "host",
      "import",
      "model",
      "monitoring",
      "observe",
      "os",
      "process",
      "report",
    ],
    ...["get-node", "self-upgrade", "settings", "software", "store"],
  ],
  "": ["base", "commands", "os", "settings"],
};

test("every room has a row, and only main.ts and cli.ts are outside a room", () => {
  const rooms = new Set(FILES.map(roomOf));
  expect([...rooms].toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted());
  expect(FILES.filter((file) => roomOf(file) === "")).toEqual(["cli.ts", "main.ts"]);
});

test("a room imports only from the rooms of its row", () => {
  expect(
    offences(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      return isOurs(target) && to !== from && MAY_IMPORT[from]?.includes(to) !== true;
    }),
  ).toEqual([]);
});

test("the rows form no circle, and every entry is used", () => {
  const visit = (room: string, path: readonly string[]): void => {
    if (path.includes(room)) throw new Error(`circle of rooms: ${[...path, room].join(" -> ")}`);
    for (const next of MAY_IMPORT[room] ?? []) visit(next, [...path, room]);
  };
  for (const room of Object.keys(MAY_IMPORT)) visit(room, []);
  const used = new Set(imports.map(({ file, target }) => `${roomOf(file)} -> ${roomOf(target)}`));
  const unused = Object.entries(MAY_IMPORT).flatMap(([from, targets]) =>
    targets.map((to) => `${from} -> ${to}`).filter((edge) => !used.has(edge)),
  );
  expect(unused).toEqual([]);
});

/** The room within a room: "process/systemd". */
const innerOf = (path: string): string | undefined => /^[^/]+\/[^/]+(?=\/)/.exec(path)?.[0];

test("rooms within a room do not know each other, except for the contract and the system's files", () => {
  const SHARED = new Set(["process/contract", "os/files", "os/processes"]);
  expect(
    offences(({ file, target }) => {
      const [from, to] = [innerOf(file), innerOf(target)];
      return (
        isOurs(target) &&
        from !== undefined &&
        to !== undefined &&
        from !== to &&
        roomOf(file) === roomOf(target) &&
        !SHARED.has(to)
      );
    }),
  ).toEqual([]);
});

test("the pure core does no I/O and uses neither clock nor randomness", async () => {
  const pure = /^(model|checks|decide|settings)\//;
  expect(
    offences(
      ({ file, target }) => pure.test(file) && file !== "settings/sources.ts" && /^(node|bun):/.test(target),
    ),
  ).toEqual([]);
  const impure =
    /(?<![.\w])(process\.|Date\.now|new Date|Math\.random|setTimeout|fetch\(|async |await |Bun\.(?!semver))/;
  const dirty: string[] = [];
  for (const file of new Glob("{model,checks,decide,settings}/**/*.ts").scanSync(ROOT)) {
    const code = (await Bun.file(join(ROOT, file)).text()).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const hit = impure.exec(code)?.[0];
    if (hit !== undefined) dirty.push(`${file}: ${hit}`);
  }
  expect(dirty).toEqual([]);
});

test("each effect has a single home", async () => {
  const homes: readonly (readonly [what: RegExp, homes: RegExp])[] = [
    [/^bun:sqlite$/, /^store\//],
    [/^bun:ffi$/, /^os\/c-library\.ts$/],
    [/^systeminformation/, /^host\/macos\.ts$/],
    [/^citty$/, /^settings\/(arguments|help)\.ts$/],
    [/^consola/, /^os\/log\.ts$/],
    [/^@noble\/post-quantum/, /^releases\/verify\.ts$/],
    [/^node:child_process$/, /^$/],
    [/^node:(dgram|tls|https?|http2)$/, /^os\/net\//],
    [/^node:net$/, /^(os\/net\/.*|report\/blanked\.ts)$/],
  ];
  for (const [what, home] of homes) {
    expect(offences(({ file, target }) => what.test(target) && !home.test(file))).toEqual([]);
  }
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    const text = await Bun.file(join(ROOT, file)).text();
    if (/Bun\.spawn/.test(text)) expect(["os/command.ts", "process/setsid/access.ts"]).toContain(file);
    if (/\bawait fetch\(\w|Bun\.(?:connect|listen|serve|udpSocket)\b/.test(text))
      expect(file).toStartWith("os/net/");
  }
});

/** Other files that read files, and why that cannot block a run or fill its memory. */
const READERS: Readonly<Record<string, string>> = {
  "os/files/open-regular.ts": "the one that knows the limits",
  "os/files/named-file.ts": "pipes that the operator names, with a deadline",
  "os/lock/lock-file.ts": "a fixed number of bytes of the lock file",
  "os/files/copy-file.ts": "a file that is copied, piece by piece",
  "os/files/program-file.ts": "as many bytes as a program has when it is opened, up to a size",
  "os/processes/proc-table.ts": "the kernel's table of processes",
  "os/files/kernel-text.ts": "files of the kernel",
  "os/files/copy-tree.ts": "a node's folder that moves, in pieces of fixed size; no link is followed",
  "os/files/elf-header.ts": "the first 4 KiB of a regular file",
  "os/files/node-path.ts": "as many bytes of a node's regular file as are asked for",
  "software/lmdb-header.ts": "a fixed number of bytes of a database that is a regular file",
  "store/contents.ts": "as many bytes as the database's files have, up to a size",
  "store/backup.ts": "as many bytes as the database has that is open",
};

test("files are read by their kind, with a limit", async () => {
  const readers = new Set<string>();
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    const text = await Bun.file(join(ROOT, file)).text();
    if (/\b(readFile|readFileSync|readSync|readvSync|createReadStream|Bun\.file|Bun\.stdin)\b/.test(text))
      readers.add(file);
  }
  expect([...readers].toSorted()).toEqual(Object.keys(READERS).toSorted());
});

/** Places that spell a path below a node's folder as text, and why it opens or follows nothing there. */
const SPELLED: Readonly<Record<string, string>> = {
  "decide/lifecycle/moves.ts": "compared, when the folder has moved",
  "execute/new-node.ts": "looked at by its name alone, and the node's own `binary`",
  "observe/node-folder.ts": "looked at by its name alone",
  "import/adopt-later.ts": "compared",
  "import/candidates.ts": "compared",
  "import/adopted-nodes.ts": "looked at by its name alone, and compared",
  "import/formicaio.ts": "for its own command line as Formicaio writes it",
  "import/circumstances.ts": "compared",
  "process/antctl/checks.ts": "compared",
  "process/docker/arguments.ts": "for the init inside the container",
  "process/launchd/plist-file.ts": "for launchd",
  "process/contract/node-files.ts": "compared",
  "software/ant-node-stores.ts": "named in sentences, and looked at by its name alone",
  "software/ant-node.ts": "for the node's command line, and made a NodePath where it is written",
};

test("a path below a node's folder is a NodePath, not text", async () => {
  const spelled = new Set<string>();
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    const text = await Bun.file(join(ROOT, file)).text();
    if (file !== "os/files/node-path.ts" && /\$\{[\w.]*\b(root_dir|log_dir)\}\//.test(text))
      spelled.add(file);
  }
  expect([...spelled].toSorted()).toEqual(Object.keys(SPELLED).toSorted());
});

test("systeminformation and @noble/post-quantum are loaded only when needed", () => {
  const seldom = /^(systeminformation|@noble\/post-quantum)/;
  expect(offences(({ target, lazy }) => seldom.test(target) && !lazy)).toEqual([]);
});

test("no file imports itself through others, types included", () => {
  const edges = Map.groupBy(
    imports.filter(({ target }) => isOurs(target)),
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

test("nothing tests for existence with a call that takes every error for a no", async () => {
  for (const file of new Glob("**/*.ts").scanSync(ROOT))
    expect(`${file}: ${await Bun.file(join(ROOT, file)).text()}`).not.toMatch(
      /\bexistsSync\b|\baccessSync\([^)]*F_OK|Bun\.file\([^)]*\)\.exists/,
    );
});

test("nothing outside the register compares a manager's name", async () => {
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    if (file === "process/managers.ts") continue;
    expect(await Bun.file(join(ROOT, file)).text()).not.toMatch(
      /[!=]== "(systemd|launchd|setsid|antctl|docker)\b/,
    );
  }
});

test("only the software room knows the names of a node program's processes and files", async () => {
  for (const file of new Glob("**/*.ts").scanSync(ROOT)) {
    if (file.startsWith("software/")) continue;
    expect(`${file}: ${await Bun.file(join(ROOT, file)).text()}`).not.toMatch(
      /ant-\?node|secret-key|node_identity|antnode\.pid|word\.startsWith\("--root-dir/,
    );
  }
});
