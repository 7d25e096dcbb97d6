import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completionScript } from "../../src/settings/completion.ts";
import { FORCED_ACTIONS } from "../../src/settings/forced-actions.ts";
import { TOPIC_NAMES } from "../../src/settings/help-topics/topics.ts";
import { OPTION_NAMES } from "../../src/settings/options.ts";

setDefaultTimeout(300_000);

/** Runs a script in the shell itself; returns the lines it prints. */
function shell(argv: readonly string[], files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "wnm-completion-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    // What the report prints for a colony with two nodes; the report itself is tested elsewhere.
    mkdirSync(join(folder, "bin"));
    const nodes = "NODE\\nantnode0001\\nantnode0002\\n2 nodes: 2 up\\n";
    const asked = '[ "$*" = "--report node-status --columns node -q" ]';
    writeFileSync(join(folder, "bin/wnm"), `#!/bin/sh\n${asked} && printf '${nodes}'\n`, { mode: 0o755 });
    const done = Bun.spawnSync([...argv], {
      cwd: folder,
      env: { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder, TERM: "dumb" },
      timeout: 120_000,
    });
    expect(done.stderr.toString()).toBe("");
    return done.stdout
      .toString()
      .split(/\r?\n/)
      .filter((line) => line !== "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HELP_WORDS = ["all", ...TOPIC_NAMES, ...OPTION_NAMES].toSorted();
const ALL = OPTION_NAMES.map((name) => `--${name}`).toSorted();

describe("completion, in the shells themselves", () => {
  const bash = (...words: readonly string[]) =>
    shell(["bash", "--norc", "ask", ...words], {
      wnm: completionScript("bash"),
      "my file": "",
      ask: `source ./wnm
        COMP_WORDS=(wnm "$@"); COMP_CWORD=$(( $# )); _wnm; printf '%s\\n' "\${COMPREPLY[@]}"
        complete -p wnm >/dev/null`,
    });

  test("bash", () => {
    expect([...bash("--")].toSorted()).toEqual(ALL);
    expect(bash("--cpu_r")).toEqual(["--cpu_remove"]);
    expect(bash("--force_action", "")).toEqual([...FORCED_ACTIONS]);
    expect(bash("--force-action", "tear")).toEqual(["teardown"]);
    expect(bash("--service_name", "")).toEqual(["antnode0001", "antnode0002"]);
    expect(bash("--service-name", "antnode0001,antnode0002")).toEqual(["antnode0001,antnode0002"]);
    expect(bash("--report", "=", "node-status-")).toEqual(["node-status-details"]);
    expect(bash("--help", "node_ca")).toEqual(["node_cap"]);
    expect(bash("--help", "exit")).toEqual(["exit_codes"]);
    expect(bash("--help", "").toSorted()).toEqual(HELP_WORDS);
    expect(bash("--node_cap", "")).toEqual([]);
    expect(bash("-c", "my")).toEqual(["my file"]);
  });

  test("fish", () => {
    const fish = (line: string) =>
      shell(["fish", "--no-config", "ask", line], {
        wnm: completionScript("fish"),
        ask: "source ./wnm; complete -C $argv[1] | string replace -r '\\t.*' ''",
      });
    expect(
      fish("wnm --")
        .filter((word) => word.startsWith("--"))
        .toSorted(),
    ).toEqual(ALL);
    expect([...fish("wnm --force_action ")].toSorted()).toEqual([...FORCED_ACTIONS].toSorted());
    expect(fish("wnm --service_name ")).toEqual(["antnode0001", "antnode0002"]);
    expect(fish("wnm --service-name ")).toEqual(["antnode0001", "antnode0002"]);
    expect([...fish("wnm --force-action ")].toSorted()).toEqual([...FORCED_ACTIONS].toSorted());
    expect(fish("wnm --report=node-status-")).toEqual(["--report=node-status-details"]);
    expect(fish("wnm --help ").toSorted()).toEqual(HELP_WORDS);
  });

  test("zsh", () => {
    // zsh completes only in a terminal: zpty creates one, and compadd tells what would be offered.
    // Keys wait for the prompt "okay", which appears nowhere else in that word: before it the line editor is not ready.
    // It must not ask whether to show a long list: the next key would be taken as the answer.
    const zsh = (line: string) =>
      shell(["zsh", "-f", "ask", line], {
        wnm: completionScript("zsh"),
        ask: `zmodload zsh/zpty
          zpty z zsh -f -i
          zpty -w z "PS1='o%(?.k.k)ay' LISTMAX=10000; autoload -Uz compinit; compinit -u -D; source ./wnm"
          zpty -w z 'compadd() { local -a found; builtin compadd -O found "$@"; print -r -- "@"$^found"@"; builtin compadd "$@" }'
          zpty -w z 'print READ""Y'
          zpty -r -m z seen '*READY*okay*'
          zpty -w -n z "$1"$'\\t'
          zpty -w -n z $'\\C-u'"print DON''E"$'\\n'
          zpty -r -m z seen '*DONE*'
          print -r -- "$seen"; exit 0`,
      }).flatMap((text) => [...text.matchAll(/@([\w-]+)@/g)].map((match) => match[1] ?? ""));
    expect([...new Set(zsh("wnm --force_action="))].toSorted()).toEqual([...FORCED_ACTIONS].toSorted());
    expect([...new Set(zsh("wnm --force-action="))].toSorted()).toEqual([...FORCED_ACTIONS].toSorted());
    expect([...new Set(zsh("wnm --service_name="))].toSorted()).toEqual(["antnode0001", "antnode0002"]);
    expect(zsh("wnm --cpu_r")).toContain("--cpu_remove");
    expect([...new Set(zsh("wnm --help "))].toSorted()).toEqual(HELP_WORDS);
  });
});
