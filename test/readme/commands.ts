import { join } from "node:path";
import { TEST_PUBLIC_KEY } from "../release/release.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Where a command of the README is run for real: the place that it is meant for, and the file that runs it there. */
const PLACES = {
  "bare home": "test/readme/home.test.ts",
  "release server": "test/readme/release-server.test.ts",
  clone: "test/readme/clone.test.ts",
  "clone, released": "test/release/artefacts.test.ts",
  machine: "test/machine/install.test.ts",
  "machine with nodes": "test/machine/import.test.ts",
  "musl root": "test/release/install.test.ts",
} as const;

/** Every command of the README, as it stands there, and where it is run. readme.test.ts holds the two together. */
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
  "antup node": "bare home",
  "crontab -e": "machine",
  "* * * * * $HOME/.local/bin/wnm >> $HOME/wnm.log 2>&1": "machine",
  "wnm --report node-status": "bare home",
  "wnm --report node-status-details": "bare home",
  "wnm --report machine-metrics --json": "bare home",
  "wnm --help cpu_remove": "bare home",
  "wnm --report prometheus --output /var/lib/node_exporter/wnm.prom": "machine",
  "wnm --report influx-ntracking": "bare home",
  "wnm --report influx-resources": "bare home",
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
  "sudo wnm --init --migrate_anm": "machine with nodes",
  "sudo wnm --migrate_anm --undo": "machine with nodes",
  "mv ~/.local/bin/wnm.previous ~/.local/bin/wnm": "machine",
  "sudo loginctl enable-linger $USER": "machine",
  "wnm --dockerfile": "bare home",
  "systemctl --user edit antnode0001": "machine",
  "sudo systemctl edit antnode0001": "machine",
  "wnm --print_sudoers --process_manager systemd+sudo >wnm.sudoers": "machine",
  "visudo -c -f wnm.sudoers && sudo install -m 0440 wnm.sudoers /etc/sudoers.d/wnm": "machine",
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

/** The README's text but for the table of settings, which has no commands. */
export const readmeText = async (): Promise<string> =>
  (await Bun.file(join(ROOT, "README.md")).text()).replace(/<!-- settings -->[\s\S]*<!-- \/settings -->/, "");

/**
 * The commands in a Markdown text: every line of its code blocks, without the comment at its end, and every code in
 * a line that is `wnm` or has more than one word, unless it is options alone.
 */
export function commandsIn(markdown: string): readonly string[] {
  const block = /^( *)```.*\n([\s\S]*?)^ *```$/gm;
  const blocks = [...markdown.matchAll(block)].flatMap((match) => (match[2] ?? "").split("\n"));
  const codes = [...markdown.replaceAll(block, "").matchAll(/`([^`]+)`/g)]
    .map((match) => (match[1] ?? "").replace(/\s+/g, " "))
    .filter((code) => code === "wnm" || (code.includes(" ") && !code.startsWith("-")));
  const lines = [...blocks, ...codes].map((line) => line.replace(/\s+# .*$/, "").trim());
  return [...new Set(lines.filter((line) => line !== ""))];
}

/** A command of the README, word for word, for the test that runs it. Throws when COMMANDS does not know it. */
export function documented(command: string): string {
  if (COMMANDS[command] === undefined) throw new Error(`COMMANDS has no "${command}"`);
  return command;
}

/** The file that runs a command. */
export const fileOf = (command: string): string => join(ROOT, PLACES[COMMANDS[command] ?? "bare home"]);

/** The README's placeholders, and nothing else, become what is there in a test: the one rule for all places. */
export const asRunHere = (command: string, releases = "RELEASES"): string =>
  command
    .replaceAll("RELEASES/", `${releases}/`)
    .replaceAll("0xYOUR_ADDRESS", "0x00455d78f850b0358e8cea5be24d415e01e107cf")
    .replaceAll("-P KEY", `-P ${TEST_PUBLIC_KEY}`);
