import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeYear } from "../support/a-year.ts";
import { until } from "../support/until.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** A separate tmux whose windows are terminals of a given size. */
const folder = mkdtempSync(join(tmpdir(), "wnm-watch-"));
const socket = join(folder, "tmux");
let wnm: Wnm;

async function tmux(...args: readonly string[]): Promise<string> {
  const child = Bun.spawn(["tmux", "-S", socket, "-f", "/dev/null", ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: folder, LC_ALL: "C.UTF-8", TERM: "xterm-256color" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
  return stdout;
}

beforeAll(async () => {
  wnm = await aHome("wnm-watch-");
  await wnm.init("--node_cap=12");
  writeYear(wnm.database, 12, Math.floor(Date.now() / 1000));
  await tmux("new-session", "-d", "-s", "keep", "sleep 600");
});
afterAll(async () => {
  await tmux("kill-server");
  rmSync(folder, { recursive: true, force: true });
  await wnm[Symbol.asyncDispose]();
});

type Terminal = {
  readonly screen: (...options: readonly string[]) => Promise<string>;
  readonly keys: (...keys: readonly string[]) => Promise<string>;
  readonly resize: (columns: number, rows: number) => Promise<string>;
  readonly shows: (text: string | RegExp) => Promise<void>;
  /** The process ids of the shell that started wnm, and of wnm. */
  readonly pids: () => Promise<{ readonly shell: number; readonly wnm: number | undefined }>;
};

/** A separate terminal in which a shell shows "before", runs wnm, and shows its exit code. */
async function terminal(
  name: string,
  columns: number,
  rows: number,
  args: string,
  env = "",
): Promise<Terminal> {
  const command = `echo before; env HOME='${wnm.home}' ${env} '${wnm.binary}' ${args}; echo "ended $?"; exec sleep 600`;
  await tmux("new-session", "-d", "-s", name, "-x", `${columns}`, "-y", `${rows}`, command);
  const screen: Terminal["screen"] = (...options) => tmux("capture-pane", "-p", ...options, "-t", name);
  return {
    screen,
    keys: (...keys) => tmux("send-keys", "-t", name, ...keys),
    resize: (x, y) => tmux("resize-window", "-t", name, "-x", `${x}`, "-y", `${y}`),
    shows: async (text) => {
      const isShown = async () => {
        const shown = await screen();
        return typeof text === "string" ? shown.includes(text) : text.test(shown);
      };
      await until(isShown, `a screen that shows ${text}`);
    },
    pids: async () => {
      const shell = Number(await tmux("list-panes", "-t", name, "-F", "#{pane_pid}"));
      const children = await Bun.$`pgrep -P ${shell} wnm`.nothrow().text();
      return { shell, wnm: children === "" ? undefined : Number(children) };
    },
  };
}

const COLOUR = "\u001b[";

describe("--watch at a terminal", () => {
  for (const [columns, rows] of [
    [60, 24],
    [80, 24],
    [200, 50],
  ] as const)
    test(`fills ${columns} columns`, async () => {
      const at = await terminal(`at${columns}`, columns, rows, "--watch 1");
      await at.shows("q quits");
      const lines = (await at.screen()).trimEnd().split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(lines[0]).toContain(" · wnm ");
      expect(lines[1]).toBe("─".repeat(columns));
      expect(lines.some((line) => line.startsWith("nodes    12 up"))).toBe(true);
      expect(await at.screen("-e")).toContain(COLOUR);
      await at.keys("q");
      await at.shows(/^before\nended 0\n/);
    });

  test("has no colours if NO_COLOR is set", async () => {
    const at = await terminal("plain", 80, 24, "--watch 1", "NO_COLOR=1");
    await at.shows("q quits");
    expect(await at.screen("-e")).not.toContain(COLOUR);
    await at.keys("q");
    await at.shows("ended 0");
  });

  test("follows the size of the window, down to one that is too small", async () => {
    const at = await terminal("resized", 80, 24, "--watch 600");
    await at.shows("q quits");
    for (const [columns, rows] of [
      [100, 30],
      [60, 20],
      [24, 6],
      [160, 40],
    ] as const) {
      await at.resize(columns, rows);
      await at.shows(new RegExp(`^.*\n─{${columns}}\n`));
      expect((await at.screen()).split("\n").length).toBeLessThanOrEqual(rows + 1);
    }
    await at.keys("q");
    await at.shows(/before\nended 0\n/);
  });

  test("cuts lines with a mark in a window that is too narrow", async () => {
    const at = await terminal("narrow", 12, 24, "--watch 600");
    await at.shows(/^as of \d\d:\d\d…\n─{11}…\n/);
    const lines = (await at.screen()).trimEnd().split("\n");
    expect(lines.find((line) => line.startsWith("nodes"))).toBe("nodes    12…");
    await at.keys("q");
    await at.shows("ended 0");
  });

  test("ends at Ctrl-C and restores the screen and the cursor", async () => {
    const at = await terminal("interrupted", 80, 24, "--watch 600");
    await at.shows("q quits");
    await at.keys("C-c");
    await at.shows(/^before\nended 0\n/);
    expect(
      await tmux("list-panes", "-t", "interrupted", "-F", "#{cursor_flag} #{alternate_on} #{wrap_flag}"),
    ).toBe("1 0 1\n");
  });

  test("ends at SIGTERM in the same way", async () => {
    const at = await terminal("ended", 80, 24, "--watch 600");
    await at.shows("q quits");
    process.kill((await at.pids()).wnm ?? 0, "SIGTERM");
    await at.shows(/^before\nended 0\n/);
  });

  test("ends when the terminal goes away", async () => {
    const at = await terminal("gone", 80, 24, "--watch 600");
    await at.shows("q quits");
    const { wnm: pid = 0 } = await at.pids();
    await tmux("kill-session", "-t", "gone");
    await until(() => !isThere(pid), "wnm to end with its terminal");
  });

  test("ends when writing fails, even without a signal", async () => {
    // In its own session it has no terminal that could send it SIGHUP.
    const at = await terminal("deaf", 80, 24, "--watch 1 </dev/null", "setsid -w");
    await at.shows("q quits");
    const [pid = ""] = (await Bun.$`pgrep -f ${`^${wnm.binary} --watch 1`}`.text()).trim().split("\n");
    expect(isThere(Number(pid))).toBe(true);
    await tmux("kill-session", "-t", "deaf");
    await until(() => !isThere(Number(pid)), "wnm to end when it cannot write any more");
  });

  test("keeps what it showed while the colony cannot be read, with the reason below", async () => {
    const at = await terminal("unread", 80, 24, "--watch 1");
    await at.shows("12 up");
    renameSync(wnm.database, `${wnm.database}.away`);
    await at.shows("q quits, r refreshes · No database found");
    await at.shows("12 up");
    renameSync(`${wnm.database}.away`, wnm.database);
    await at.shows("q quits, r refreshes · every 1 s");
    await at.keys("q");
    await at.shows("ended 0");
  });

  test("only reads, and looks again at r", async () => {
    const at = await terminal("reading", 80, 24, "--watch 600");
    await at.shows("12 up");
    wnm.sql("UPDATE node SET status = 'DISABLED' WHERE id = 3");
    const before = await Bun.file(wnm.database).bytes();
    await at.keys("r");
    await at.shows("11 up  1 disabled");
    await at.keys("q");
    await at.shows("ended 0");
    expect(await Bun.file(wnm.database).bytes()).toEqual(before);
    wnm.sql("UPDATE node SET status = 'RUNNING' WHERE id = 3");
  });
});

describe("--watch --force_action survey", () => {
  test("asks the nodes each time, and stores what it finds", async () => {
    await using colony = await aColony("--node_cap=1");
    await colony.ok([]);
    const at = await terminal("asks", 80, 24, "--watch 1 --force_action survey", `HOME='${colony.home}'`);
    await at.shows(/nodes {4}(1 up|0 up {2}1 starting)/);
    await colony.kill(1);
    await at.shows("1 down");
    expect(colony.nodes()).toMatchObject([{ status: "STOPPED", wanted: "running" }]);
    await at.keys("q");
    await at.shows("ended 0");
  });
});

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("--watch is refused without a terminal, with JSON or a file, and for another report", async () => {
  const refused = async (...args: readonly string[]) => {
    const { code, stderr } = await wnm.run(["--watch", ...args]);
    return [code, stderr];
  };
  expect(await refused()).toEqual([2, expect.stringContaining("needs a terminal")]);
  expect(await refused("3", "--json")).toEqual([2, expect.stringContaining("cannot be combined with JSON")]);
  expect(await refused("3", "--output=x")).toEqual([
    2,
    expect.stringContaining("cannot be combined with --output"),
  ]);
  expect(await refused("--report=health")).toEqual([
    2,
    expect.stringContaining("cannot be combined with --report health"),
  ]);
  expect(await refused("0")).toEqual([2, expect.stringContaining("Expected >=1")]);
});

describe("the end of a run", () => {
  test("prints the overview at a terminal, without JSON, but not with --json or -q", async () => {
    await using colony = await aColony("--node_cap=1");
    await colony.ok(["--log_format=text"]);
    const env = `HOME='${colony.home}'`;
    const plain = await terminal("run", 80, 24, "", env);
    await plain.shows("ended 0");
    const shown = await plain.screen();
    for (const text of [" · wnm ", "as of ", "nodes    ", "earned   ", "machine  cpu "])
      expect(shown).toContain(text);
    expect(shown).not.toMatch(/Action:|\{"/);
    const json = await terminal("run-json", 200, 24, "--json", env);
    await json.shows("ended 0");
    expect(await json.screen()).toContain('{"status":"idle"');
    expect(await json.screen()).not.toContain("machine  cpu");
    const quiet = await terminal("run-quiet", 80, 24, "-q", env);
    await quiet.shows("ended 0");
    expect((await quiet.screen()).trim()).toBe("before\nended 0");
  });

  test("prints what it always did in a pipe", async () => {
    await using colony = await aColony("--node_cap=0");
    expect((await colony.ok([])).stdout).toBe("");
    expect(JSON.parse((await colony.ok(["--json"])).stdout)).toMatchObject({ status: "idle" });
  });
});
