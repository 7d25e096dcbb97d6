import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEXTS } from "../../src/monitoring/texts.ts";
import { until } from "../support/until.ts";
import { aColony } from "../support/wnm.ts";
import { type Board, panelsOf } from "./board.ts";

// Run by live.test.ts as root in its own namespaces: metrics of three machines, one Prometheus, only loopback.

const PATIENCE_MS = 120_000;
const PROMETHEUS = "http://127.0.0.1:9090/api/v1";

/** These are empty on a healthy machine. */
const MAY_BE_EMPTY = new Set(["Findings", "Disks, full in"]);

const folder = mkdtempSync(join(tmpdir(), "wnm-live-"));

function must(...argv: string[]): void {
  const done = Bun.spawnSync(argv);
  if (done.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${done.stderr}`);
}

const start = (...argv: string[]) =>
  Bun.spawn(argv, { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(folder, "log")) });

const metricsOf = (machine: number): string => join(folder, `metrics${machine}`);

const exporter = (machine: number) =>
  start(
    "prometheus-node-exporter",
    `--web.listen-address=127.0.0.1:910${machine}`,
    "--collector.disable-defaults",
    "--collector.textfile",
    `--collector.textfile.directory=${metricsOf(machine)}`,
  );

async function ask<T>(path: string): Promise<T> {
  const { status, data } = (await (await fetch(`${PROMETHEUS}${path}`)).json()) as {
    status: string;
    data: T;
  };
  if (status !== "success") throw new Error(`${path}: ${status}`);
  return data;
}

const query = async (expr: string): Promise<readonly unknown[]> =>
  (await ask<{ result: readonly unknown[] }>(`/query?query=${encodeURIComponent(expr)}`)).result;

type Alert = { readonly state: string; readonly labels: { readonly alertname: string } };

/** Waits until the alert fires or has stopped firing. */
const waitFor = (alertname: string, fires: boolean): Promise<boolean> =>
  until(
    async () => {
      const { alerts } = await ask<{ alerts: readonly Alert[] }>("/alerts");
      return (
        alerts.some(({ labels, state }) => labels.alertname === alertname && state === "firing") === fires
      );
    },
    `${alertname} ${fires ? "to fire" : "to clear"}`,
    PATIENCE_MS,
  );

function startPrometheus(): void {
  // promtool tests the waits of the rules; here each takes effect at once.
  const rules = TEXTS.alerts("test")
    .replace(/^ +for: .*\n/gm, "")
    .replaceAll("[15m]", "[20s]");
  writeFileSync(join(folder, "alerts.yml"), rules);
  writeFileSync(join(folder, "recording.yml"), TEXTS.recording("test"));
  const targets = [1, 2, 3].map((machine) => `127.0.0.1:910${machine}`);
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: ["alerts.yml", "recording.yml"],
    scrape_configs: [{ job_name: "node", static_configs: [{ targets }] }],
  };
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  start(
    "prometheus",
    "--config.file=prometheus.yml",
    "--storage.tsdb.path=data",
    "--web.listen-address=127.0.0.1:9090",
  );
}

try {
  must("ip", "link", "set", "lo", "up");
  const disk = join(folder, "disk");
  for (const path of [disk, ...[1, 2, 3].map(metricsOf)]) mkdirSync(path);
  must("mount", "-t", "tmpfs", "-o", "size=64m", "none", disk);
  const machine = (number: number, ...more: readonly string[]) =>
    aColony(`--prometheus_path=${metricsOf(number)}/wnm.prom`, ...more);
  await using one = await machine(1, "--node_cap=1");
  await using two = await machine(2, "--node_cap=0", `--node_storage=${disk}/nodes`);
  await using three = await machine(3, "--node_cap=0");
  for (const wnm of [two, three]) await wnm.ok([]);
  const answers = async (): Promise<boolean> => {
    await one.ok([]);
    return readFileSync(join(metricsOf(1), "wnm.prom"), "utf8").includes("wnm_node_connected_peers");
  };
  await until(answers, "the node to answer", PATIENCE_MS);
  exporter(1);
  exporter(2);
  const third = exporter(3);
  startPrometheus();
  const counts = async (expr: string, count: number): Promise<boolean> => {
    try {
      return (await query(expr)).length === count;
    } catch {
      return false;
    }
  };
  await until(() => counts("wnm_build_info", 3), "three machines in Prometheus", PATIENCE_MS);
  await until(() => counts("count_over_time(wnm_nodes{status='DEAD'}[5m]) > 3", 3), "samples", PATIENCE_MS);

  const board: Board = JSON.parse(TEXTS.grafana("test"));
  for (const { title, targets = [] } of panelsOf(board))
    for (const { expr = "" } of targets)
      if ((await query(expr.replaceAll("$instance", ".*"))).length === 0 && !MAY_BE_EMPTY.has(title))
        throw new Error(`${title}: ${expr} has no data`);

  await one.kill(1);
  await one.ok([]);
  await waitFor("WnmNodesDied", true);
  await waitFor("WnmNodesDied", false);

  third.kill("SIGKILL");
  await waitFor("WnmHostDown", true);
  exporter(3);
  await waitFor("WnmHostDown", false);

  writeFileSync(join(disk, "filler"), new Uint8Array(63 * 1024 * 1024));
  await two.run([]);
  await waitFor("WnmDiskFull", true);
  rmSync(join(disk, "filler"));
  await two.run([]);
  await waitFor("WnmDiskFull", false);
  process.stdout.write("all well\n");
} finally {
  Bun.spawnSync(["umount", join(folder, "disk")]);
  rmSync(folder, { recursive: true, force: true });
}
// The namespace ends with its first process, and with it everything inside.
process.exit(0);
