import { describe, expect, test } from "bun:test";
import { EXIT } from "../../src/base/errors.ts";
import { MANAGER_KINDS, SOFTWARE_KINDS } from "../../src/model/node.ts";
import { FORCED_ACTIONS } from "../../src/settings/forced-actions.ts";
import { fullHelp, helpOn, noSuchTopic, shortHelp } from "../../src/settings/help.ts";
import { TOPIC_NAMES, TOPICS, type TopicName } from "../../src/settings/help-topics/topics.ts";
import { SETTING_NAMES, settingOf } from "../../src/settings/machine.ts";
import { explained } from "../../src/settings/option-help.ts";
import { OPTION_NAMES, optionOf } from "../../src/settings/options.ts";
import { REPORTS } from "../../src/settings/reports.ts";

describe("help", () => {
  test("the short help begins with five commands, names every option, and fits a terminal's width", () => {
    const text = shortHelp();
    expect(text.split("\n\n")[1]?.split("\n")).toHaveLength(5);
    for (const name of OPTION_NAMES) expect(text).toMatch(new RegExp(`--${name}(\\s|$)`));
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
    for (const code of [0, 1, 2, 3, 4, 5, 75]) expect(text).toMatch(new RegExp(`^ +${code}  \\w`, "m"));
    expect(text).toContain("colony.db");
  });

  test("the full help explains every option: unit, default, environment name, whether it can change", () => {
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

  test("an option is found in any spelling; a wrong name suggests the nearest", () => {
    for (const topic of ["cpu_remove", "--cpu-remove", "CPU_REMOVE", "WNM_CPU_REMOVE"]) {
      expect(helpOn(topic)).toContain("default: 70; environment: WNM_CPU_REMOVE or CPU_REMOVE");
    }
    expect(helpOn("cpu_remov")).toBeUndefined();
    expect(noSuchTopic("cpu_remov")).toContain("did you mean cpu_remove?");
  });

  test("both forms name every topic", () => {
    for (const text of [shortHelp(), fullHelp()])
      for (const name of TOPIC_NAMES) expect(text).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
  });
});

describe("a help topic", () => {
  test("is found in any spelling, and no option has its name", () => {
    for (const name of TOPIC_NAMES) {
      const text = TOPICS[name].text();
      for (const topic of [name, name.replaceAll("_", "-"), name.toUpperCase(), `--${name}`])
        expect(helpOn(topic)).toBe(text);
      expect(OPTION_NAMES).not.toContain(name);
    }
  });

  test("with a typing error suggests the nearest topic or option", () => {
    expect(noSuchTopic("exit-code")).toContain("did you mean exit_codes?");
    expect(noSuchTopic("Manager")).toContain("did you mean managers?");
    expect(noSuchTopic("zzzzzzzz")).toContain("exit_codes, files");
  });

  test("explains every row of its table", () => {
    const tables: Partial<Readonly<Record<TopicName, readonly string[]>>> = {
      settings: SETTING_NAMES.filter((name) => settingOf(name).stored_only !== true).map(explained),
      exit_codes: Object.values(EXIT).map((code) => `${code}`.padStart(4)),
      reports: REPORTS.map((name) => `  ${name} `),
      actions: FORCED_ACTIONS.map((name) => `  ${name} `),
      managers: MANAGER_KINDS.map((name) => `  ${name} `),
      generations: SOFTWARE_KINDS,
    };
    for (const [name, parts] of Object.entries(tables))
      for (const part of parts) expect(helpOn(name)).toContain(part);
  });

  test("names only options that exist", () => {
    // Options of systemctl and antctl.
    const others = new Set(["--user", "--debug"]);
    for (const name of TOPIC_NAMES) {
      const named = TOPICS[name].text().matchAll(/(?<![\w-])--([a-z][a-z0-9_]+)/g);
      for (const [flag = "", option = ""] of named)
        expect([name, flag, others.has(flag) || OPTION_NAMES.includes(option)]).toEqual([name, flag, true]);
    }
  });

  test("fits a terminal of 100 columns", () => {
    for (const name of TOPIC_NAMES.filter((topic) => topic !== "settings"))
      expect([
        name,
        TOPICS[name]
          .text()
          .split("\n")
          .filter((line) => line.length > 100),
      ]).toEqual([name, []]);
  });
});
