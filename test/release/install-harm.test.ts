import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "../../scripts/runtimes.ts";
import type { Ended } from "../support/wnm.ts";
import { type Account, anAccount } from "./installer.ts";
import { NATIVE, testRelease } from "./release.ts";
import { type ReleaseServer, serveReleases } from "./server.ts";

// What install.sh could damage on a working machine; each case exists in the field.

setDefaultTimeout(300_000);

const ARTEFACT = `wnm-${NATIVE}.gz`;
const MARK = "# wnm: put here by its install.sh";
let release: string;
let server: ReleaseServer;
let script: string;

beforeAll(async () => {
  release = await testRelease("1.0.0");
  server = serveReleases({ "1.0.0": release }, "1.0.0");
  script = readFileSync(join(release, "install.sh"), "utf8");
}, 480_000);

afterAll(() => server?.[Symbol.dispose]());

/** The command that runs the installer from a file. */
function command(account: Account, options = "", text = script): string {
  writeFileSync(join(account.outside, "install.sh"), text);
  return `sh ${account.outside}/install.sh ${options}`;
}

const install = (account: Account, options = "", text = script): Promise<Ended> =>
  account.sh(command(account, options, text), { WNM_MIRROR: server.url });

/** An account with its own program in wnm's place, so that nothing has to be downloaded. */
function withProgram(): Account {
  const account = anAccount();
  account.write(".local/bin/wnm", `#!/bin/sh\n${MARK}\n`, 0o755);
  return account;
}

/** An installer of a release whose program is this script. */
function releaseOf(program: string): { text: string; packed: Uint8Array } {
  const packed = Bun.gzipSync(Buffer.from(program));
  const sum = new Bun.CryptoHasher("sha256").update(packed).digest("hex");
  const text = script.replace(new RegExp(`[0-9a-f]{64}(?=  ${ARTEFACT})`), sum);
  expect(text).not.toBe(script);
  return { text, packed };
}

describe("the CPU", () => {
  const OLD = "processor\t: 0\nflags\t\t: fpu sse sse2 ssse3 sse4_1 lm\n";

  test("without SSE4.2 is refused before anything is downloaded, with advice", async () => {
    using account = anAccount();
    account.standIn("uname", '#!/bin/sh\n[ "$1" = -m ] && echo x86_64 || echo Linux\n');
    writeFileSync(join(account.outside, "cpuinfo"), OLD);
    server.asked.length = 0;
    const ended = await account.shWithMounts(
      [`--bind ${account.outside}/cpuinfo /proc/cpuinfo`],
      command(account),
      { WNM_MIRROR: server.url },
    );
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("has no SSE4.2")]);
    expect(ended.stderr).toContain('CPU type "host"');
    expect([account.traces(), server.asked]).toEqual([[], []]);
  });

  test("is checked when the program starts if /proc/cpuinfo does not show it", async () => {
    using account = anAccount();
    account.standIn("uname", '#!/bin/sh\n[ "$1" = -m ] && echo x86_64 || echo Linux\n');
    writeFileSync(join(account.outside, "cpuinfo"), "processor\t: 0\n");
    const { text, packed } = releaseOf("#!/bin/sh\nkill -ILL $$\n");
    writeFileSync(join(account.outside, "packed"), packed);
    // The stand-in uses the artefact name of x86-64 on every machine that runs this.
    const named = text.replace(ARTEFACT, "wnm-linux-x64.gz");
    const ended = await account.shWithMounts(
      [`--bind ${account.outside}/cpuinfo /proc/cpuinfo`],
      command(account, `--file ${account.outside}/packed`, named),
    );
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("has no SSE4.2")]);
    expect(account.traces()).toEqual([]);
  });
});

test("a disk without room is detected before anything is downloaded", async () => {
  using account = anAccount();
  account.write(".local/bin/other", "");
  server.asked.length = 0;
  const ended = await account.shWithMounts(
    [`-t tmpfs -o size=20m,mode=0777 tmpfs ${account.home}/.local/bin`],
    command(account),
    { WNM_MIRROR: server.url },
  );
  expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/\d+ KiB free, and \d+ are needed/)]);
  expect(server.asked).toEqual([]);
});

describe("a crontab", () => {
  const MANY = Array.from({ length: 300 }, (_, i) => `${i % 60} 1 2 3 4 true # mine, line ${i}\n`).join("");

  test.each(["--cron-only", "--uninstall"])(
    "is complete after %s with a full disk for temporary files",
    async (option) => {
      using account = withProgram();
      // Like Debian's: it does not notice what it cannot write.
      account.standIn(
        "crontab",
        readFileSync(join(account.outside, "bin", "crontab"), "utf8").replace(
          'cat "$kept" ;;',
          'cat "$kept" 2>/dev/null; exit 0 ;;',
        ),
      );
      const ours = `* * * * * old ${MARK}\n`;
      account.setCrontab(`${ours}${MANY}`);
      mkdirSync(join(account.outside, "full"));
      const ended = await account.shWithMounts(
        [
          `-t tmpfs -o size=4k,mode=1777 tmpfs ${account.outside}/full`,
          "-t tmpfs -o size=4k,mode=1777 tmpfs /var/tmp",
        ],
        command(account, option),
        { TMPDIR: join(account.outside, "full") },
      );
      expect(ended.stderr).not.toContain("refused");
      const text = (await account.crontab()) ?? "";
      expect(text.replace(/^.*put here by its install\.sh\n/m, "")).toBe(MANY);
      expect(text.includes(MARK)).toBe(option === "--cron-only");
    },
  );

  test.each<[string, string, string?]>([
    ["with line ends of Windows", "# mine\r\n5 4 * * * true\r\n"],
    ["with percent signs and quotes", `5 4 * * * date +\\%F >"/tmp/o'x" # 100%\n`],
    ["with bytes of another time", "# caf\xe9 \xff\n1 2 3 4 5 echo 'Grüße'\n"],
    ["with blank lines at both ends", "\n\n1 2 3 4 5 true\n\n\n"],
    ["with a line like ours that is not ours", `# see "${MARK}" above\n1 2 3 4 5 echo ${MARK}s\n`],
    ["without an end of its last line", "1 2 3 4 5 true", "1 2 3 4 5 true\n"],
    ["with nothing but line breaks", "\n\n"],
  ])("%s keeps its bytes", async (_what, text, after = text) => {
    using account = withProgram();
    account.setCrontab(text);
    await install(account, "--cron-only");
    const added = (await account.crontab()) ?? "";
    expect(added.slice(0, after.length)).toBe(after);
    expect(added.slice(after.length)).toMatch(
      /^\* \* \* \* \* \/bin\/sh \S*\/\.local\/share\/wnm\/every-minute # wnm: put here by its install\.sh\n$/,
    );
    await install(account, "--uninstall");
    expect(await account.crontab()).toBe(after);
  });

  test.each([
    "&& curl -fsS https://ping.example/x",
    "; rsync -a photos nas:",
    "2>&1 | logger -t wnm",
    '"$(date)"',
  ])("keeps our line, and gets no second one, if somebody has added %p to it", async (more) => {
    using account = withProgram();
    await install(account, "--cron-only");
    const edited = ((await account.crontab()) ?? "").replace(` ${MARK}`, ` ${more} ${MARK}`);
    account.setCrontab(edited);
    const ended = await install(account, "--cron-only");
    expect([ended.code, ended.stderr]).toEqual([
      3,
      expect.stringContaining("has a line of its own that runs wnm"),
    ]);
    await install(account, "--uninstall");
    expect(await account.crontab()).toBe(edited);
  });

  test("stays as it is if our line is commented out, because the operator wants wnm to pause", async () => {
    using account = withProgram();
    await install(account, "--cron-only");
    const paused = `# ${await account.crontab()}`;
    account.setCrontab(paused);
    const ended = await install(account, "--cron-only");
    expect([ended.code, ended.stderr]).toEqual([
      3,
      expect.stringContaining("is commented out, and stays so"),
    ]);
    expect(await account.crontab()).toBe(paused);
    await install(account, "--uninstall");
    expect(await account.crontab()).toBeUndefined();
  });

  test("is left alone if it cannot hold a home with a percent sign, and the program is installed", async () => {
    using account = anAccount("100%");
    const ended = await install(account);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("which a crontab cannot hold")]);
    expect(ended.stdout).toContain("is installed");
    expect(await account.crontab()).toBeUndefined();
    expect((await install(account, "--no-cron")).code).toBe(0);
  });

  test("is written only if its own line has changed", async () => {
    using account = withProgram();
    await install(account, "--cron-only");
    const once = await account.crontab();
    account.standIn("crontab", `#!/bin/sh\n[ "$1" = -l ] || exit 1\ncat "$HOME/.crontab"\n`);
    const again = await install(account, "--cron-only");
    expect([again.stderr.includes("refused"), await account.crontab()]).toEqual([false, once]);
  });
});

describe("a shell profile", () => {
  const LINE = (account: Account) => `PATH='${account.home}/.local/bin':"$PATH" ${MARK}\n`;
  const profile = (account: Account) => readFileSync(join(account.home, ".profile"), "utf8");

  test("without a final newline gets one before our line", async () => {
    using account = withProgram();
    account.write(".profile", "umask 027");
    await install(account, "--cron-only --modify-path");
    expect(profile(account)).toBe(`umask 027\n${LINE(account)}`);
  });

  test.each(["--cron-only --modify-path", "--uninstall"])(
    "is complete after %s on a full disk",
    async (options) => {
      using account = withProgram();
      const text = `${options === "--uninstall" ? LINE(account) : ""}# ${"x".repeat(20_000)}\n`;
      const kept = join(account.outside, "profile");
      writeFileSync(kept, text);
      // Enough space for the file and a crontab, but not for the file twice.
      const ended = await account.shWithMounts(
        [`-t tmpfs -o size=36k,mode=0777 tmpfs ${account.home}`],
        `cd ~ && mkdir -p .local/bin && echo '${MARK}' >.local/bin/wnm && chmod 755 .local/bin/wnm && cp ${kept} .profile
         ${command(account, options)}; cmp ${kept} .profile && ls -A ~`,
      );
      expect(ended.stderr).toContain(".profile cannot be written");
      expect(ended.stdout).toMatch(/^\.profile$/m);
      expect(ended.stdout).not.toContain(".profile.wnm");
    },
  );
});

describe("other files", () => {
  test.each(["--no-cron", "--uninstall"])(
    "what a killed installer left is removed by %s, but not what a running one uses",
    async (options) => {
      using account = anAccount();
      for (const pid of [999_999_999, process.pid]) {
        account.write(`.local/bin/.wnm-install-${pid}/wnm-linux-x64.gz`, "half");
        account.write(`.local/bin/.wnm-staged-${pid}`, "half");
      }
      account.write(".local/bin/.wnm-install-notes", "mine");
      await install(account, options);
      const left = account.traces().filter((trace) => /\.wnm-(install|staged)-[^/]*$/.test(trace));
      expect(left).toEqual([".local/bin/.wnm-install-notes 4", `.local/bin/.wnm-staged-${process.pid} 4`]);
      expect(account.traces()).toContain(`.local/bin/.wnm-install-${process.pid}/wnm-linux-x64.gz 4`);
    },
  );

  test("if a log folder cannot be created, the program is installed, and the last lines say so", async () => {
    using account = anAccount();
    account.write(".local/share/other", "");
    account.write(".local/bin/other", "");
    chmodSync(join(account.home, ".local/share"), 0o555);
    const ended = await install(account);
    expect([ended.code, ended.stderr]).toEqual([
      3,
      expect.stringMatching(/share\/wnm cannot be made.*\n.*nothing runs wnm/),
    ]);
    expect((await account.sh(`${account.program} --version`)).stdout).toBe("wnm version 1.0.0\n");
    expect(await account.crontab()).toBeUndefined();
  });

  test("a foreign program in wnm's place is kept, restored, and never removed", async () => {
    using account = anAccount();
    account.write(".local/bin/placeholder", "");
    cpSync("/bin/true", account.program);
    const foreign = await sha256Of(account.program);
    const left = await install(account, "--uninstall");
    expect([left.code, left.stdout]).toEqual([
      0,
      expect.stringContaining("is not of this installer; it stays"),
    ]);
    await install(account, "--no-cron");
    expect((await account.sh(`${account.program} --version`)).stdout).toBe("wnm version 1.0.0\n");
    await install(account, "--uninstall");
    expect(await sha256Of(account.program)).toBe(foreign);
  });

  test("a link in wnm's place, as pipx makes it, is restored as a link, and its target is never written", async () => {
    using account = anAccount();
    account.write(".venv/wnm", "#!/bin/sh\necho python\n", 0o755);
    account.write(".local/bin/placeholder", "");
    symlinkSync("../../.venv/wnm", account.program);
    // An earlier one that leads to something precious.
    account.write("precious", "precious");
    symlinkSync("../../precious", `${account.program}.before`);
    await install(account, "--no-cron");
    await install(account, "--uninstall");
    expect((await account.sh(account.program)).stdout).toBe("python\n");
    expect(account.traces()).toContain(".local/bin/wnm -> ../../.venv/wnm");
    expect(readFileSync(join(account.home, "precious"), "utf8")).toBe("precious");
  });

  test("a rehearsal creates no file at all, not even for a moment", async () => {
    using account = withProgram();
    account.setCrontab(`1 2 3 4 5 true\n* * * * * old ${MARK}\n`);
    account.without("mkdir", "touch", "mv", "cp", "rm", "rmdir", "ln", "chmod");
    mkdirSync(join(account.outside, "tmp"));
    for (const options of ["", "--cron-only", "--modify-path", "--uninstall"]) {
      const before = account.traces();
      const ended = await account.shWithMounts(
        [`-t tmpfs -o ro tmpfs ${account.outside}/tmp`],
        command(account, `--dry-run ${options}`),
        { TMPDIR: join(account.outside, "tmp") },
      );
      expect([options, ended.code, ended.stderr, account.traces()]).toEqual([options, 0, "", before]);
    }
    expect((await install(account, "--dry-run --file /nonexistent")).code).toBe(1);
  });
});
