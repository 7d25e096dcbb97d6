/** Kills wnm at points of a colony in a throw-away machine: MANAGER SEED POINTS CHILDREN [SCENE …]. Prints JSON. */
import { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { basename } from "node:path";
import { pathsFor } from "../../src/os/paths.ts";
import { randomFrom } from "../support/seed.ts";
import { ROOMY } from "../support/wnm.ts";
import { livingIn, nodesIn, type Outside, rowsOf } from "../torture/agreement.ts";
import { deadlyOrders } from "../torture/kill-effort.ts";
import { type Colony, scenesFor, torment } from "../torture/kill-points.ts";
import { takingOver } from "../torture/kill-takeover.ts";

const [manager = "", seed = "", points = "", children = "", ...scenes] = process.argv.slice(2);
const HOME = homedir();
const PROGRAM = `${HOME}/.local/bin/antnode`;
const ORDERS = "/run/wnm-kill";

const paths = pathsFor(manager.endsWith("+sudo") ? "sudo" : "user", "linux", HOME);

function lines(argv: readonly string[]): readonly string[] {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], { env: { ...process.env, LC_ALL: "C" } });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${exitCode}: ${stderr}`);
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

/** What one systemd reports about nodes. Units that it still knows although their file is gone are leftovers. */
function units(scope: readonly string[], folder: string): Outside {
  const loaded = lines([
    "/usr/bin/systemctl",
    ...scope,
    "list-units",
    "--all",
    "--plain",
    "--no-legend",
    "antnode*",
  ]).map((line) => line.split(/\s+/));
  const names = nodesIn(folder).filter((name) => name.endsWith(".service"));
  const stale =
    names.length === 0
      ? []
      : lines(["/usr/bin/systemctl", ...scope, "show", "--property=Id,NeedDaemonReload", ...names]).filter(
          (line) => line.endsWith("NeedDaemonReload=yes"),
        );
  const labels = (found: readonly string[]) => found.map((name) => basename(name, ".service"));
  const wants = ["multi-user.target.wants", "default.target.wants"].flatMap((name) =>
    nodesIn(`${folder}/${name}`),
  );
  return {
    of_each: { units: labels(names) },
    of_running: {
      "active units": labels(loaded.flatMap(([unit = "", , active]) => (active === "active" ? [unit] : []))),
    },
    of_wanted: manager.startsWith("systemd") ? { "enabled units": labels(wants) } : {},
    between_tries: labels(loaded.flatMap(([unit = "", , , sub]) => (sub === "auto-restart" ? [unit] : []))),
    left_behind: [
      ...loaded.flatMap(([unit = "", load, active]) =>
        load === "loaded" ? [] : [`unit ${unit} (${load}, ${active})`],
      ),
      ...nodesIn(folder).filter((name) => name.endsWith(".new")),
      ...stale,
    ],
  };
}

const STORAGES = [paths.node_storage, `${paths.base}/second`] as const;

const folders = (): Outside => ({
  of_each: { "data folders": STORAGES.flatMap(nodesIn), "log folders": nodesIn(paths.logs) },
  of_running: { processes: STORAGES.flatMap(livingIn) },
  left_behind: [],
});

/** The rules of ufw as it stores them, for both address families, and as the kernel has them. */
function openings(): Outside {
  const kept = ["user.rules", "user6.rules"].map((file) =>
    [
      ...readFileSync(`/etc/ufw/${file}`, "utf8").matchAll(/^### tuple ### allow udp .* in comment=(\w+)$/gm),
    ].map(([, hex = ""]) => Buffer.from(hex, "hex").toString()),
  );
  const kernel = lines(["iptables", "-S", "ufw-user-input"]).filter((line) => line.includes("ACCEPT")).length;
  return {
    of_each: {},
    of_running: {},
    of_wanted: { "rules of ufw": kept[0] ?? [], "rules of ufw for IPv6": kept[1] ?? [] },
    left_behind:
      kernel === kept[0]?.length ? [] : [`ufw keeps ${kept[0]?.length} rules, the kernel has ${kernel}`],
  };
}

function registered(): Outside {
  const file = `${HOME}/.local/share/autonomi/node/node_registry.json`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : '{"nodes":[]}';
  const { nodes } = JSON.parse(text) as {
    nodes: { service_name: string; status: string }[];
  };
  const living = nodes.filter(({ status }) => status !== "Removed");
  return {
    of_each: { "antctl's registry": living.map(({ service_name }) => service_name) },
    of_running: {},
    left_behind: [],
  };
}

/** antctl never tells systemd about units that it changed, and never clears those that failed. */
function servicesOfAntctl(): Outside {
  const { of_each, of_running, between_tries = [] } = units(["--user"], USER_UNITS);
  return { of_each, of_running, between_tries, left_behind: [] };
}

/** What the engine reports about containers with one node each. */
function ownContainers(): Outside {
  const listed = lines(["docker", "ps", "--all", "--format={{.Names}} {{.State}}"]).map((line) =>
    line.split(" "),
  );
  const labels = (found: readonly (readonly string[])[]) =>
    found.map(([name = ""]) => name.replace(/-[0-9a-f]{8}$/, ""));
  return {
    of_each: { containers: labels(listed) },
    of_running: { "running containers": labels(listed.filter(([, state]) => state === "running")) },
    left_behind: [],
  };
}

/** What is recorded about containers that several nodes share. An empty container may be kept. */
function sharedContainers(): Outside {
  const folders = lines(["docker", "ps", "--all", "--format={{.Names}}"]).map(
    (name) => `${paths.base}/containers/${name}/nodes`,
  );
  const kept = existsSync(`${paths.base}/containers`) ? readdirSync(`${paths.base}/containers`) : [];
  const names = folders.flatMap((folder) => nodesIn(folder));
  const endingIn = (end: string) => names.flatMap((name) => (name.endsWith(end) ? basename(name, end) : []));
  return {
    of_each: { definitions: endingIn(".node") },
    of_running: {},
    left_behind: kept.filter((name) => !folders.some((folder) => folder.includes(`/${name}/`))),
  };
}

const USER_UNITS = `${HOME}/.config/systemd/user`;
const LOOKS: Readonly<Record<string, readonly (() => Outside)[]>> = {
  "systemd+sudo": [folders, () => units([], "/etc/systemd/system"), openings],
  "systemd+user": [folders, () => units(["--user"], USER_UNITS)],
  "antctl+user": [folders, servicesOfAntctl, registered],
  "docker+user": [folders, ownContainers],
  "s6overlay+user": [folders, sharedContainers],
};

const merged = (all: readonly Outside[]): Outside => ({
  of_each: Object.assign({}, ...all.map(({ of_each }) => of_each)),
  of_running: Object.assign({}, ...all.map(({ of_running }) => of_running)),
  of_wanted: Object.assign({}, ...all.map(({ of_wanted }) => of_wanted)),
  between_tries: all.flatMap(({ between_tries = [] }) => between_tries),
  left_behind: all.flatMap(({ left_behind }) => left_behind),
});

// antctl rewrites its registry in place and cannot remove a service whose unit it has already deleted.
const orders = manager.startsWith("antctl")
  ? deadlyOrders(ORDERS, ["before", "alone"])
  : deadlyOrders(ORDERS);

const colony: Colony = {
  command: ["/usr/local/bin/wnm"],
  env: { HOME },
  scratch: ORDERS,
  program: PROGRAM,
  newer: "/opt/newer/antnode",
  broken: "/opt/broken/antnode",
  rows() {
    using db = new Database(paths.database, { readonly: true });
    return rowsOf(db.query<Record<string, unknown>, []>("SELECT * FROM node ORDER BY id").all());
  },
  sql(statement) {
    using db = new Database(paths.database, { readwrite: true, create: false });
    db.run("PRAGMA busy_timeout = 10000");
    db.run(statement);
  },
  outside: async () => merged((LOOKS[manager] ?? []).map((look) => look())),
  ...(manager.startsWith("systemd") && { storages: STORAGES }),
  children: orders,
};

orders.kill(undefined);
const init = [
  "--init",
  "--rewards_address=donate",
  "--no_upnp",
  `--process_manager=${manager}`,
  "--node_cap=2",
  ...["--port_start=55", "--metrics_port_start=13", "--rpc_port_start=30"],
  ...(manager.startsWith("antctl") ? ["--antctl_path=/opt/bin/antctl"] : []),
  "--docker_image=localhost/antnode-test",
  ...ROOMY,
];
const number = (text: string) => (text === "all" ? undefined : Number(text));
const effort = { points: number(points), children: number(children), random: randomFrom(Number(seed)) };
const print = (figures: object) => writeSync(1, `${JSON.stringify({ manager, ...figures })}\n`);
const wanted = (name: string) => scenes.length === 0 || scenes.includes(name);

const takeover = takingOver(colony, {
  init,
  forget: () => {
    for (const name of readdirSync(paths.base))
      if (name.startsWith("colony.db")) rmSync(`${paths.base}/${name}`);
  },
  clear: () => {
    for (const name of existsSync(paths.base) ? readdirSync(paths.base) : [])
      rmSync(`${paths.base}/${name}`, { recursive: true });
  },
});
if (!existsSync(paths.database)) {
  if (wanted("init")) print(await takeover.init(effort));
  else {
    const made = Bun.spawnSync([...colony.command, ...init], { env: colony.env });
    if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  }
}
for (const scene of scenesFor(colony)) if (wanted(scene.name)) print(await torment(colony, scene, effort));
// Nodes that run in containers are not imported.
if (wanted("import") && !manager.startsWith("docker") && !manager.startsWith("s6"))
  print(await takeover.import(effort));
