import { join } from "node:path";
import { TOPIC_NAMES, TOPICS } from "../../src/settings/help-topics/topics.ts";
import { TEST_PUBLIC_KEY } from "../release/release.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Where a command is really run: the place for which it is meant, and the file that runs it there. */
const PLACES = {
  "bare home": "test/readme/home.test.ts",
  "release server": "test/readme/release-server.test.ts",
  clone: "test/readme/clone.test.ts",
  "clone, released": "test/release/artefacts.test.ts",
  machine: "test/machine/install.test.ts",
  "machine with nodes": "test/machine/import.test.ts",
  "colony beside nodes": "test/import/later.test.ts",
  receiver: "test/alerts/help.test.ts",
  monitoring: "test/monitoring/texts.test.ts",
  "node releases": "test/get-node/colony.test.ts",
  "machine with disks": "test/readme/disks.test.ts",
  "musl root": "test/release/install.test.ts",
} as const;

/** Every command that a README or --help TOPIC shows, word for word, and where it is run (see readme.test.ts). */
export const COMMANDS: Readonly<Record<string, keyof typeof PLACES>> = {
  "curl -fsSL RELEASES/latest/download/install.sh | sh": "machine",
  "curl -fsSL RELEASES/latest/download/install.sh | sh -s -- --dry-run": "machine",
  "curl -fsSL RELEASES/latest/download/install.sh | sh -s -- --help": "machine",
  "curl -fsSL RELEASES/latest/download/install.sh | sh -s -- --uninstall": "machine",
  "wnm --self_upgrade": "machine",
  "apk add libstdc++": "musl root",
  "./scripts/try.sh": "clone",
  "./scripts/test.sh": "clone",
  "bun run build": "clone",
  "./scripts/try.sh --keep": "clone",
  "wnm --init --rewards_address 0xYOUR_ADDRESS": "bare home",
  "wnm --dry_run": "bare home",
  wnm: "bare home",
  "wnm --get_node": "node releases",
  "wnm --get_node 0.23.1": "node releases",
  "wnm --get_node --node_archive ant-node-cli-linux-x64.tar.gz": "node releases",
  "wnm --get_node --node_channel stable --node_version_hold 48": "node releases",
  "17 4 * * * $HOME/.local/bin/wnm --get_node latest >> $HOME/wnm.log 2>&1": "node releases",
  "* * * * * $HOME/.local/bin/wnm --get_node latest --enable_upgrade >> $HOME/wnm.log 2>&1": "node releases",
  "wnm --help node_program": "node releases",
  "bun scripts/build.ts --ant-node-key FILE": "node releases",
  "antup node": "bare home",
  "crontab -e": "machine",
  "* * * * * $HOME/.local/bin/wnm >> $HOME/wnm.log 2>&1": "machine",
  "wnm --report node-status": "bare home",
  "wnm --report machine-metrics --json": "bare home",
  'wnm --report health -q || echo "something is wrong"': "bare home",
  "wnm --report doctor --bundle bundle.txt": "bare home",
  "wnm --force_action nullop --alert_url https://ntfy.sh/YOUR_TOPIC": "receiver",
  "wnm --force_action test_alert": "receiver",
  'wnm --force_action nullop --alert_url ""': "receiver",
  "wnm --report history --since 22:00": "bare home",
  "wnm --report history --since 3d --kind died,stop --service_name 7": "bare home",
  "wnm --report why --service_name 20": "bare home",
  "wnm --report why": "bare home",
  "wnm --report overview": "bare home",
  "wnm --watch": "bare home",
  "wnm --report page --output ~/wnm.html": "bare home",
  "wnm --page_path ~/www/wnm.html": "bare home",
  "wnm --help cpu_remove": "bare home",
  "wnm --help": "bare home",
  "wnm --help settings": "bare home",
  "wnm --help cpu_less_than": "bare home",
  "wnm --help reports": "bare home",
  "wnm --help exit_codes": "bare home",
  "wnm --help alerts": "bare home",
  "wnm --help safety": "bare home",
  "wnm --help security": "bare home",
  "wnm --help python": "bare home",
  "wnm --report node-status-details --service_name antnode0001": "bare home",
  "wnm --report node-status --force_action survey": "bare home",
  "wnm --report machine-metrics": "bare home",
  "wnm --json": "bare home",
  "wnm --report node-status --status STOPPED,DEAD --sort -since": "bare home",
  "wnm --report node-status --columns node,version,peers,note": "bare home",
  "wnm --report node-status --sort -deaths": "bare home",
  "wnm --log_format python": "bare home",
  "wnm --export_keys keys.json": "bare home",
  "wnm --import_keys keys.json": "bare home",
  "wnm --replace_generation --confirm": "bare home",
  "wnm --force_action remove --service_name antnode0003 --confirm": "bare home",
  "wnm --force_action start --service_name antnode0003 --confirm": "bare home",
  "./scripts/test.sh test/decide": "clone",
  "bun run test:fast": "clone",
  "bun run check": "clone",
  "wnm --report prometheus --output /var/lib/node_exporter/wnm.prom": "machine",
  "wnm --print grafana > wnm.json": "monitoring",
  "wnm --print alerts > wnm-alerts.yml": "monitoring",
  "wnm --print recording > wnm-recording.yml": "monitoring",
  "wnm --print alertmanager": "monitoring",
  "wnm --print telegraf": "monitoring",
  "wnm --print grafana-influx": "monitoring",
  "wnm --prometheus_path /var/lib/prometheus/node-exporter/wnm.prom": "machine",
  "wnm --report machine-config --report_format config > file": "bare home",
  "wnm --init -c file": "bare home",
  "source <(wnm --completion bash)": "bare home",
  "wnm --node_cap 30": "bare home",
  "wnm --force_action stop --service_name antnode0003": "bare home",
  "wnm --force_action disable --service_name antnode0003": "bare home",
  "wnm --release": "machine",
  "wnm --force_action teardown --confirm": "bare home",
  "wnm --init --import --dry_run": "machine with nodes",
  "wnm --init --import": "machine with nodes",
  "wnm --import": "colony beside nodes",
  "wnm --import --dry_run": "colony beside nodes",
  "wnm --import --service_name antnode0007": "colony beside nodes",
  "wnm --import --from /mnt/disk2": "colony beside nodes",
  "wnm --help taking_over": "machine with nodes",
  "sudo wnm --init --migrate_anm": "machine with nodes",
  "sudo wnm --migrate_anm --undo": "machine with nodes",
  "mv ~/.local/bin/wnm.previous ~/.local/bin/wnm": "machine",
  "sudo loginctl enable-linger $USER": "machine",
  "wnm --dockerfile": "bare home",
  "wnm --node_storage /mnt/a/nodes,/mnt/b/nodes": "machine with disks",
  "wnm --node_storage /mnt/a/nodes --node_storage /mnt/b/nodes": "machine with disks",
  "wnm --force_action move --service_name 7 --to /mnt/b/nodes": "machine with disks",
  "wnm --force_action move --count 3 --from /mnt/a/nodes --to /mnt/b/nodes": "machine with disks",
  "wnm --force_action move --from /mnt/a/nodes --to /mnt/b/nodes": "machine with disks",
  "systemctl --user edit antnode0001": "machine",
  "sudo systemctl edit antnode0001": "machine",
  "wnm --print_sudoers --process_manager systemd+sudo >wnm.sudoers": "machine",
  "sudo visudo -c -f wnm.sudoers && sudo install -m 0440 wnm.sudoers /etc/sudoers.d/wnm": "machine",
  "WNM_TORTURE=long ./scripts/test.sh test/torture": "clone",
  "bun scripts/bench.ts": "clone",
  "wnm --timings": "bare home",
  "wnm --version": "bare home",
  "curl -fsSL --remote-name-all RELEASES/latest/download/{install.sh,SHA256SUMS,SHA256SUMS.minisig}":
    "release server",
  "minisign -V -m SHA256SUMS -P KEY && sha256sum -c --ignore-missing SHA256SUMS": "release server",
  "sh install.sh": "release server",
  "minisign -G -W -p minisign.pub -s minisign.key": "clone, released",
  'WNM_SIGNING_KEY="$(cat minisign.key)" WNM_RELEASES=https://example.org/releases bun run release':
    "clone, released",
};

/** The READMEs, each at its path in the repository. */
export const READMES = ["README.md", "src/README.md", "test/README.md", "scripts/README.md"] as const;

export const readmeText = (path: (typeof READMES)[number]): Promise<string> =>
  Bun.file(join(ROOT, path)).text();

/** Every command that a README or a topic of --help shows. */
export async function shownCommands(): Promise<readonly string[]> {
  const texts = await Promise.all(READMES.map(readmeText));
  const topics = TOPIC_NAMES.map((name) => TOPICS[name].text());
  return [...new Set([...texts.flatMap(commandsIn), ...topics.flatMap(commandsInTopic)])];
}

/**
 * The commands in a Markdown text: every line of its code blocks that are not output (```text), without its trailing
 * comment, and every inline code that is `wnm` or has more than one word, unless it consists only of options.
 */
export function commandsIn(markdown: string): readonly string[] {
  const block = /^( *)```(.*)\n([\s\S]*?)^ *```$/gm;
  const blocks = [...markdown.matchAll(block)]
    .filter(([, , language]) => language !== "text")
    .flatMap(([, , , lines = ""]) => lines.split("\n"));
  const codes = [...markdown.replaceAll(block, "").matchAll(/`([^`]+)`/g)]
    .map((match) => (match[1] ?? "").replace(/\s+/g, " "))
    .filter((code) => code === "wnm" || (code.includes(" ") && !code.startsWith("-")));
  const lines = [...blocks, ...codes].map((line) => line.replace(/\s+# .*$/, "").trim());
  return [...new Set(lines.filter((line) => line !== ""))];
}

/** The commands in a topic of --help: lines that are indented by exactly four spaces. */
export const commandsInTopic = (text: string): readonly string[] =>
  [...text.matchAll(/^ {4}(?=\S)(.*)$/gm)].map((match) => match[1] ?? "");

/** The output that README.md shows for a command. Throws if there is none. */
export async function shownOutput(command: string): Promise<readonly string[]> {
  const begin = `<!-- output: ${command} -->\n\`\`\`text\n`;
  const [, after] = (await readmeText("README.md")).split(begin);
  if (after === undefined) throw new Error(`README.md shows no output of ${command}`);
  return after.slice(0, after.indexOf("\n```")).split("\n");
}

/** A shown command, word for word, for the test that runs it. Throws if COMMANDS does not know it. */
export function documented(command: string): string {
  if (COMMANDS[command] === undefined) throw new Error(`COMMANDS has no "${command}"`);
  return command;
}

/** The file that runs a command. */
export const fileOf = (command: string): string => join(ROOT, PLACES[COMMANDS[command] ?? "bare home"]);

/** Replaces only the placeholders with the values of a test: the one rule for all places. */
export const asRunHere = (command: string, releases = "RELEASES"): string =>
  command
    .replaceAll("RELEASES/", `${releases}/`)
    .replaceAll("0xYOUR_ADDRESS", "0x00455d78f850b0358e8cea5be24d415e01e107cf")
    .replaceAll("-P KEY", `-P ${TEST_PUBLIC_KEY}`);
