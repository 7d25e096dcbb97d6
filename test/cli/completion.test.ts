import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completionScript } from "../../src/settings/completion.ts";
import { SETTING_NAMES, settingOf } from "../../src/settings/machine.ts";
import { FORCED_ACTIONS } from "../../src/settings/once.ts";
import { OPTION_NAMES, optionOf } from "../../src/settings/sources.ts";
import { fullHelp, helpOn, noSuchTopic, settingsTable, shortHelp } from "../../src/settings/usage.ts";

describe("help", () => {
  test("the short one begins with five commands, names every option, and fits a terminal's width", () => {
    const text = shortHelp();
    expect(text.split("\n\n")[1]?.split("\n")).toHaveLength(5);
    for (const name of OPTION_NAMES) expect(text).toMatch(new RegExp(`--${name}(\\s|$)`));
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
    for (const code of [0, 1, 2, 3, 4, 5, 75]) expect(text).toMatch(new RegExp(`^ +${code}  \\w`, "m"));
    expect(text).toContain("colony.db");
  });

  test("all of it explains every option: unit, default, environment name, whether it can change", () => {
    const text = fullHelp();
    for (const name of OPTION_NAMES) {
      const row = optionOf(name);
      const part = helpOn(name) ?? "";
      expect(text).toContain(part);
      expect(part).toContain(`--${name}`);
      expect(part).toContain(row?.help ?? "?");
      expect(part).toContain(row?.is_switch ? "true|false" : (row?.hint ?? "?"));
      expect(part).toMatch(/default: .+; (environment: WNM_[A-Z_]+|command line only)/);
      expect(part).toMatch(/for this run only|fixed at init|can change any time|update_config/);
    }
  });

  test("one option is found in any spelling; a wrong name gives the nearest", () => {
    for (const topic of ["cpu_remove", "--cpu-remove", "CPU_REMOVE", "WNM_CPU_REMOVE"]) {
      expect(helpOn(topic)).toContain("default: 70; environment: WNM_CPU_REMOVE or CPU_REMOVE");
    }
    expect(helpOn("cpu_remov")).toBeUndefined();
    expect(noSuchTopic("cpu_remov")).toContain("did you mean cpu_remove?");
  });

  test("the table of settings has a row for each setting that can be given", () => {
    const rows = settingsTable().trim().split("\n").slice(2);
    const given = SETTING_NAMES.filter((name) => settingOf(name).stored_only !== true);
    expect(rows.map((row) => /^\| `--(\w+)`/.exec(row)?.[1] as string)).toEqual([...given]);
    for (const row of rows) expect(row.replaceAll("\\|", "").match(/\|/g)).toHaveLength(6);
  });
});

/** Runs a script in the shell itself; gives the lines it prints. */
function shell(argv: readonly string[], files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "wnm-completion-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const done = Bun.spawnSync([...argv], {
      cwd: folder,
      env: { PATH: "/usr/bin:/bin", HOME: folder, TERM: "dumb" },
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
    expect(bash("--report", "=", "node-status-")).toEqual(["node-status-details"]);
    expect(bash("--help", "node_c")).toEqual(["node_cap"]);
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
    expect(fish("wnm --report=node-status-")).toEqual(["--report=node-status-details"]);
  });

  test("zsh", () => {
    // zsh completes only where a terminal is: zpty makes one, and compadd tells what would be offered.
    // Keys wait for the prompt "okay", which stands nowhere else in that word: before it the line editor is not there.
    const zsh = (line: string) =>
      shell(["zsh", "-f", "ask", line], {
        wnm: completionScript("zsh"),
        ask: `zmodload zsh/zpty
          zpty z zsh -f -i
          zpty -w z "PS1='o%(?.k.k)ay'; autoload -Uz compinit; compinit -u -D; source ./wnm"
          zpty -w z 'compadd() { local -a found; builtin compadd -O found "$@"; print -r -- "@"$^found"@"; builtin compadd "$@" }'
          zpty -w z 'print READ""Y'
          zpty -r -m z seen '*READY*okay*'
          zpty -w -n z "$1"$'\\t'
          zpty -w -n z $'\\C-u'"print DON''E"$'\\n'
          zpty -r -m z seen '*DONE*'
          print -r -- "$seen"; exit 0`,
      }).flatMap((text) => [...text.matchAll(/@([\w-]+)@/g)].map((match) => match[1] ?? ""));
    expect([...new Set(zsh("wnm --force_action="))].toSorted()).toEqual([...FORCED_ACTIONS].toSorted());
    expect(zsh("wnm --cpu_r")).toContain("--cpu_remove");
  });
});
