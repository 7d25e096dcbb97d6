import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyPair } from "../../scripts/minisign.ts";
import { sha256Of } from "../../scripts/runtimes.ts";
import { documented } from "../readme/commands.ts";
import type { Ended } from "../support/wnm.ts";
import { endOf } from "./ended.ts";
import { type Account, anAccount } from "./installer.ts";
import { muslRoot } from "./musl-root.ts";
import { NATIVE, NATIVE_MUSL, ROOT, testRelease } from "./release.ts";
import { flipped, type ReleaseServer, serveReleases, type Tamper } from "./server.ts";

setDefaultTimeout(300_000);

const ARTEFACT = `wnm-${NATIVE}.gz`;
const NEWER = "99.0.0";
let release: string;
let newer: string;
let server: ReleaseServer;
let origin: string;
let script: string;

beforeAll(async () => {
  release = await testRelease("1.0.0");
  newer = await testRelease(NEWER, [NATIVE]);
  server = serveReleases({ "1.0.0": release, [NEWER]: newer }, "1.0.0");
  origin = new URL(server.url).origin;
  script = readFileSync(join(release, "install.sh"), "utf8");
}, 480_000);

afterAll(() => server?.[Symbol.dispose]());

/** `curl … | sh`, word for word except for the mirror. */
const pipe = (
  account: Account,
  options = "",
  shell = "sh",
  env: Record<string, string> = {},
): Promise<Ended> =>
  account.sh(`curl -fsSL ${origin}/install.sh | ${shell} -s -- ${options}`, {
    WNM_MIRROR: server.url,
    ...env,
  });

/** The script from a file, for accounts without curl. */
function fromFile(
  account: Account,
  options = "",
  text = script,
  env: Record<string, string> = {},
): Promise<Ended> {
  const path = join(account.outside, "install.sh");
  writeFileSync(path, text);
  return account.sh(`sh ${path} ${options}`, { WNM_MIRROR: server.url, ...env });
}

async function tampered<T>(tamper: Tamper, action: () => Promise<T>): Promise<T> {
  server.tamper = tamper;
  try {
    return await action();
  } finally {
    server.tamper = undefined;
  }
}

const only =
  (name: string, change: (body: Uint8Array) => Uint8Array | Response): Tamper =>
  (path, body) =>
    path.endsWith(`/${name}`) ? change(body) : undefined;

function expectFailed(ended: Ended, words: string | RegExp): void {
  expect(ended.stderr).toMatch(words);
  expect(ended.code).toBe(1);
  expect(ended.stdout).not.toContain("is installed");
}

describe("the script", () => {
  test("passes shellcheck, as template and as released", async () => {
    for (const path of [join(ROOT, "install.sh"), join(release, "install.sh")]) {
      const child = Bun.spawn(["shellcheck", "--severity=style", path], { stdout: "pipe" });
      expect(await child.stdout.text()).toBe("");
      expect(await child.exited).toBe(0);
    }
  });

  test("consists of comments, one command in braces that defines everything, and main", () => {
    const lines = script.trimEnd().split("\n");
    const first = lines.findIndex((line) => line !== "" && !line.startsWith("#"));
    expect([lines[first], ...lines.slice(-3)]).toEqual([
      "{",
      "} # the end of the brace above",
      "",
      'main "$@"',
    ]);
  });

  /** Places where a line may break: around each kilobyte, within the first words of lines, and in the last lines. */
  function cutsOf(bytes: Buffer): readonly number[] {
    const cuts: number[] = [];
    for (let at = 0; at < bytes.length; at += 1024) cuts.push(at, at + 1, at + 511);
    const names = /^[a-z_]+(?= ?\(\)|$|=)/gm;
    for (const { 0: name, index } of script.matchAll(names))
      for (let length = 1; length <= name.length; length++)
        cuts.push(Buffer.byteLength(script.slice(0, index)) + length);
    for (let at = bytes.length - 60; at < bytes.length - 1; at++) cuts.push(at);
    return [...new Set(cuts)].filter((at) => at < bytes.length - 1).sort((a, b) => a - b);
  }

  test.each(["dash", "busybox ash", "bash", "bash --posix"])(
    "does nothing when the connection breaks, in %s",
    async (shell) => {
      using account = anAccount();
      account.withTools(shell.split(" ")[0] ?? "", "head", "sort");
      const bytes = Buffer.from(script);
      writeFileSync(join(account.outside, "whole.sh"), bytes);
      // All places in the shell that most machines have as sh, a quarter of them in the others.
      const cuts = cutsOf(bytes).filter((_, i) => shell === "dash" || i % 4 === 0);
      writeFileSync(join(account.outside, "cuts"), `${cuts.join("\n")}\n`);
      // Commands that a truncated name could run; each would change something.
      for (const name of "make find cron set install home put add w start remove keep".split(" "))
        account.standIn(name, `#!/bin/sh\necho ran ${name}\n`);
      const ended = await account.sh(
        `while read -r at; do
           said=$(head -c "$at" ${account.outside}/whole.sh | ${shell} -s -- --no-cron --file /nonexistent 2>/dev/null)
           code=$?
           [ -z "$said" ] || echo "at $at: $said"
           [ "$at" -le ${bytes.lastIndexOf("main")} ] || [ "$code" != 0 ] || echo "at $at: success"
         done <${account.outside}/cuts`,
      );
      expect([ended.code, ended.stdout, account.traces()]).toEqual([0, "", []]);
    },
  );

  test("refuses to work as the template in the checkout", async () => {
    using account = anAccount();
    expectFailed(await fromFile(account, "", readFileSync(join(ROOT, "install.sh"), "utf8")), "template");
  });
});

describe("install", () => {
  test.each(["dash", "busybox ash", "bash"])("from a pipe, by %s", async (shell) => {
    using account = anAccount();
    account.withTools(shell.split(" ")[0] ?? "");
    const ended = await pipe(account, "--no-cron", shell);
    expect(ended.stdout).toContain(`wnm 1.0.0 is installed: ${account.program}`);
    expect((await account.sh(`${account.program} --version`)).stdout).toBe("wnm version 1.0.0\n");
    const unpacked = Bun.gunzipSync(await Bun.file(join(release, ARTEFACT)).bytes());
    expect(Buffer.from(unpacked).equals(readFileSync(account.program))).toBe(true);
    const files = account.traces().filter((trace) => !trace.endsWith("/"));
    expect(files.map((file) => file.split(" ")[0])).toEqual([".local/bin/wnm"]);
  });

  test.each(["minisign", "openssl", undefined])(
    "as xz if the machine has it, and says what was verified: by %p",
    async (verifier) => {
      using account = anAccount();
      account.withTools("xz");
      if (verifier !== undefined) account.withTools(verifier);
      server.asked.length = 0;
      const ended = await pipe(account, "--no-cron");
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
      const signed =
        verifier === undefined
          ? ""
          : ` and the checksum in SHA256SUMS, whose signature is right (${verifier})`;
      expect(ended.stdout).toContain(
        `Verified: ${ARTEFACT.replace(".gz", ".xz")} has the checksum in this script${signed}.`,
      );
      expect(server.asked.filter((path) => path.endsWith("z"))).toEqual([
        `/releases/download/v1.0.0/${ARTEFACT.replace(".gz", ".xz")}`,
      ]);
      expect((await account.sh(`${account.program} --version`)).stdout).toBe("wnm version 1.0.0\n");
    },
  );

  test("from a downloaded file of either kind", async () => {
    using account = anAccount();
    account.withTools("xz");
    for (const name of [ARTEFACT, ARTEFACT.replace(".gz", ".xz")]) {
      copyFileSync(join(release, name), join(account.outside, "downloaded"));
      const ended = await fromFile(account, `--no-cron --file ${account.outside}/downloaded`);
      expect(ended.stdout).toContain(`Verified: ${name} has the checksum in this script.`);
      expect(ended.code).toBe(0);
    }
  });

  test.each(["curl", "wget"])("with progress of the program only, on a terminal: %s", async (tool) => {
    using account = anAccount();
    account.without("curl");
    account.withTools(tool, "script", "minisign");
    writeFileSync(join(account.outside, "install.sh"), script);
    const typed = `sh ${account.outside}/install.sh --no-cron`;
    const ended = await account.sh(`script -qec '${typed}' /dev/null`, { WNM_MIRROR: server.url });
    expect(ended.stdout).toContain("is installed");
    expect(ended.stdout).toMatch(/100(\.0)?%/);
    expect(ended.stdout.match(/100(\.0)?%/g)?.length).toBe(1);
    const quiet = await account.sh(typed, { WNM_MIRROR: server.url });
    expect(quiet.stderr).toBe("");
  });

  test("with wget as the only downloader", async () => {
    using account = anAccount();
    account.without("curl");
    account.withTools("wget");
    const ended = await account.sh(`wget -qO- ${origin}/install.sh | sh`, { WNM_MIRROR: server.url });
    expect(ended.stdout).toContain("is installed");
  });

  test("with busybox for every tool", async () => {
    using account = anAccount();
    const tools = "sha256sum awk dd grep gzip sed tr df cut ls wc tail".split(" ");
    account.without("curl", ...tools);
    account.withTools("busybox");
    for (const tool of ["wget", ...tools]) symlinkSync("busybox", join(account.outside, "bin", tool));
    const ended = await fromFile(account);
    expect(ended.stdout).toContain("is installed");
    expect(await account.crontab()).toContain("/.local/share/wnm/every-minute ");
  });

  test("without a network, from a file", async () => {
    using account = anAccount();
    account.without("curl");
    server.asked.length = 0;
    copyFileSync(join(release, ARTEFACT), join(account.outside, "downloaded"));
    const ended = await fromFile(account, `--file ${account.outside}/downloaded`);
    expect(ended.stdout).toContain("is installed");
    expect(server.asked).toEqual([]);
  });

  test("in a home folder with a space and a quote in its name", async () => {
    using account = anAccount("o'neil the 2nd");
    expect((await pipe(account)).stdout).toContain("is installed");
    const line = (await account.crontab())?.split("\n")[0]?.replace(/^(\* ){5}/, "") ?? "";
    await account.sh(line);
    const log = await Bun.file(join(account.home, ".local/share/wnm/cron.log")).text();
    expect(log).toContain(`No database found at ${account.home}/.local/share/autonomi/colony.db`);
  });

  test("again, over a running wnm: the run continues, and the next start is the new version", async () => {
    using account = anAccount();
    await pipe(account);
    const running = Bun.spawn([account.program, "-e", "setTimeout(() => {}, 100_000)"], {
      env: { BUN_BE_BUN: "1", HOME: account.home },
    });
    try {
      account.withTools("minisign");
      const ended = await pipe(account, `--version ${NEWER}`);
      expect(ended.stdout).toContain(`wnm ${NEWER} is installed`);
      expect(running.exitCode).toBeNull();
      expect((await account.sh(`${account.program} --version`)).stdout).toBe(`wnm version ${NEWER}\n`);
      expect((await account.sh(`${account.program}.previous --version`)).stdout).toBe("wnm version 1.0.0\n");
    } finally {
      running.kill("SIGKILL");
      await running.exited;
    }
  });

  test("beside a wnm of another kind, which uninstalling restores", async () => {
    using account = anAccount();
    account.write(".local/bin/wnm", "#!/bin/sh\necho python\n", 0o755);
    await pipe(account);
    expect((await account.sh(`${account.program} --version`)).stdout).toBe("wnm version 1.0.0\n");
    await pipe(account, "--uninstall");
    expect((await account.sh(account.program)).stdout).toBe("python\n");
  });

  test("--dry-run, --help and wrong options change nothing and contact no server", async () => {
    using account = anAccount();
    server.asked.length = 0;
    const dry = await fromFile(account, "--dry-run --modify-path");
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(`as ${account.program}.`);
    expect(dry.stdout).toContain("* * * * * /bin/sh ");
    const help = await fromFile(account, "--help");
    expect([help.code, help.stdout.includes("--cron-only")]).toEqual([0, true]);
    for (const wrong of [
      "--frobnicate",
      "--version",
      "--version ../../etc",
      "--file x --version 2.0.0",
      "--cron-only --no-cron",
    ])
      expect([wrong, (await fromFile(account, wrong)).code]).toEqual([wrong, 2]);
    expect(account.traces()).toEqual([]);
    expect(server.asked).toEqual([]);
  });

  test("--timer is refused where systemd does not run the machine, and wrong pairs of options are refused everywhere", async () => {
    using account = anAccount();
    account.write(".local/bin/wnm", "#!/bin/sh\n# wnm: put here by its install.sh\n", 0o755);
    for (const wrong of [
      "--timer --cron",
      "--timer --no-cron",
      "--on-failure a.service",
      "--timer --on-failure 'a b'",
    ])
      expect([wrong, (await fromFile(account, wrong)).code]).toEqual([wrong, 2]);
    if (existsSync("/run/systemd/system")) return;
    const ended = await fromFile(account, "--cron-only --timer");
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("so it has no timers")]);
  });

  test("--modify-path adds one marked line, once, and uninstalling removes it", async () => {
    using account = anAccount();
    account.write(".profile", "umask 027\n");
    await pipe(account, "--no-cron --modify-path");
    await pipe(account, "--no-cron --modify-path");
    const profile = () => readFileSync(join(account.home, ".profile"), "utf8");
    expect(profile().split("\n")).toHaveLength(3);
    expect((await account.sh(`. ${account.home}/.profile; wnm --version`)).stdout).toBe(
      "wnm version 1.0.0\n",
    );
    await pipe(account, "--uninstall");
    expect(profile()).toBe("umask 027\n");
  });

  test("on a system with musl, first without libstdc++ and then with it", async () => {
    const root = mkdtempSync(join(tmpdir(), "wnm-musl-"));
    cpSync(await muslRoot("amd64"), root, { recursive: true, verbatimSymlinks: true });
    const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    const inside = (command: string): Promise<Ended> =>
      endOf([...sudo, "/usr/sbin/chroot", root, "/bin/sh", "-c", command], {
        PATH: "/bin:/usr/bin",
        HOME: "/home",
        WNM_MIRROR: server.url,
      });
    try {
      for (const applet of "awk cat chmod cut dd df grep gzip id ln ls mkdir mv rm rmdir sed sha256sum sync tr uname wget".split(
        " ",
      ))
        if (applet !== "ls") symlinkSync("busybox", join(root, "bin", applet));
      await Bun.write(join(root, "install.sh"), script);
      const library = join(root, "lib/libstdc++.so.6");
      const aside = `${library}.aside`;
      await inside("mv /lib/libstdc++.so.6 /lib/libstdc++.so.6.aside");
      const without = await inside(`wget -qO- ${origin}/install.sh | sh -s -- --no-cron`);
      expectFailed(without, "apk add libstdc++");
      expect(await Bun.file(aside).exists()).toBe(true);
      // Alpine's apk as far as the advice needs it: it knows this package and installs what was missing.
      const apk =
        '#!/bin/sh\n[ "$*" = "add libstdc++" ] || exit 99\nexec /bin/mv /lib/libstdc++.so.6.aside /lib/libstdc++.so.6\n';
      writeFileSync(join(root, "bin/apk"), apk, { mode: 0o755 });
      const advised = documented("apk add libstdc++");
      expect(without.stderr).toContain(advised);
      expect((await inside(advised)).code).toBe(0);
      const ended = await inside(`wget -qO- ${origin}/install.sh | sh -s -- --no-cron`);
      expect(ended.stdout).toContain(`${NATIVE_MUSL}.gz`);
      expect(ended.stdout).toContain("wnm 1.0.0 is installed: /usr/local/bin/wnm");
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe("nothing is changed", () => {
  const html = (): Response => new Response("<html>Please log in</html>");
  test.each<[string, RegExp, Tamper]>([
    ["a changed byte", /its sha256 is [0-9a-f]{64}, and [0-9a-f]{64} is right/, only(ARTEFACT, flipped)],
    ["half of the program", /its sha256 is/, only(ARTEFACT, (body) => body.slice(0, body.length >> 1))],
    ["a login page", /its sha256 is/, only(ARTEFACT, html)],
    ["an empty answer", /could not be downloaded/, only(ARTEFACT, () => new Response(""))],
    ["no such file", /could not be downloaded/, only(ARTEFACT, () => new Response("", { status: 404 }))],
  ])("by %s", async (_what, words, tamper) => {
    using account = anAccount();
    expectFailed(await tampered(tamper, () => pipe(account)), words);
    expect(account.traces()).toEqual([]);
  });

  test("by a connection that breaks in the middle of the program", async () => {
    using account = anAccount();
    const breaking = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => {
          socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n${"x".repeat(5000)}`);
        },
      },
    });
    const broken = only(ARTEFACT, () => Response.redirect(`http://127.0.0.1:${breaking.port}/`));
    expectFailed(await tampered(broken, () => pipe(account)), "could not be downloaded");
    breaking.stop(true);
    expect(account.traces()).toEqual([]);
  });

  const SIGNATURE_CASES: readonly [string, Tamper][] = [
    ["a changed list", only("SHA256SUMS", flipped)],
    ["a changed signature", only("SHA256SUMS.minisig", flipped)],
    ["no list", only("SHA256SUMS", () => new Response("", { status: 404 }))],
    ["no signature", only("SHA256SUMS.minisig", () => new Response("", { status: 404 }))],
    [
      "the signed list of another release",
      (path) => {
        const name = /SHA256SUMS(\.minisig)?$/.exec(path)?.[0];
        return name === undefined ? undefined : new Uint8Array(readFileSync(join(newer, name)));
      },
    ],
    [
      "another comment under the signature",
      only("SHA256SUMS.minisig", (body) =>
        Buffer.from(Buffer.from(body).toString().replace("wnm 1.0.0", "wnm 1.0.1")),
      ),
    ],
  ];
  test.each(["minisign", "openssl"])("by any of these, with %s available", async (verifier) => {
    for (const [what, tamper] of SIGNATURE_CASES) {
      using account = anAccount();
      account.withTools(verifier);
      const ended = await tampered(tamper, () => pipe(account));
      expect([what, ended.code, ended.stderr]).toEqual([
        what,
        1,
        expect.stringContaining("Nothing was changed"),
      ]);
      expect([what, account.traces()]).toEqual([what, []]);
    }
    using account = anAccount();
    account.withTools(verifier);
    const ended = await pipe(account, "--no-cron");
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).not.toContain("not checked");
  });

  test.each(["minisign", "openssl"])(
    "by a mirror that signs with its own key, as %s reports",
    async (verifier) => {
      using account = anAccount();
      account.withTools(verifier);
      const forger = join(account.outside, "key");
      await Bun.spawn(["minisign", "-G", "-W", "-p", `${forger}.pub`, "-s", forger], { stdout: "ignore" })
        .exited;
      const { sign } = readKeyPair(readFileSync(forger, "utf8"));
      const forged = only("SHA256SUMS.minisig", () =>
        Buffer.from(sign(readFileSync(join(newer, "SHA256SUMS")), `wnm ${NEWER}`)),
      );
      for (const version of [NEWER, "latest"]) {
        server.latest = NEWER;
        const ended = await tampered(forged, () => fromFile(account, `--version ${version}`));
        server.latest = "1.0.0";
        expectFailed(ended, /the signature of .* is wrong/);
      }
      expect(account.traces()).toEqual([]);
    },
  );

  test("by a mirror that serves an old release, correctly signed, under a new name", async () => {
    using account = anAccount();
    account.withTools("minisign");
    const old: Tamper = (path) =>
      path.includes(`/v${NEWER}/`)
        ? new Uint8Array(readFileSync(join(release, path.split("/").at(-1) ?? "")))
        : undefined;
    const ended = await tampered(old, () => fromFile(account, `--version ${NEWER}`));
    expectFailed(ended, 'belongs to "wnm 1.0.0", not to wnm 99.0.0');
    expect(account.traces()).toEqual([]);
  });

  test("without a program that checks signatures, for a release other than the script's", async () => {
    using account = anAccount();
    for (const version of [NEWER, "latest"])
      expectFailed(await pipe(account, `--version ${version}`), "only release 1.0.0 can be installed here");
    expect(account.traces()).toEqual([]);
  });

  test("by a latest release that is older than the script", async () => {
    using account = anAccount();
    account.withTools("minisign");
    const text = readFileSync(join(newer, "install.sh"), "utf8");
    expectFailed(await fromFile(account, "--version latest", text), "older than this script");
    expect(account.traces()).toEqual([]);
  });

  test.each<[string, (account: Account) => void, string]>([
    ["neither curl nor wget", (account) => account.without("curl"), "curl or wget is needed"],
    ["nothing that makes a sha256", (account) => account.without("sha256sum"), "sha256sum is missing"],
    ["no gzip", (account) => account.without("gzip"), "gzip is missing"],
    [
      "a CPU of another kind",
      (account) => account.standIn("uname", '#!/bin/sh\n[ "$1" = -m ] && echo armv7l || echo Linux\n'),
      "this is armv7l",
    ],
    ["another system", (account) => account.standIn("uname", "#!/bin/sh\necho FreeBSD\n"), "not on FreeBSD"],
    ["a 32-bit system", (account) => account.standIn("getconf", "#!/bin/sh\necho 32\n"), "is 32-bit"],
    [
      "a folder that may not be written",
      (account) => {
        account.write(".local/bin/other", "");
        chmodSync(join(account.home, ".local/bin"), 0o555);
      },
      "cannot be written",
    ],
    ["a home folder that may not be written", (account) => chmodSync(account.home, 0o555), "cannot be made"],
    ["a folder in the program's place", (account) => account.write(".local/bin/wnm/file", ""), "is a folder"],
  ])("with %s", async (_what, prepare, words) => {
    using account = anAccount();
    prepare(account);
    const before = account.traces();
    expectFailed(await fromFile(account), words);
    expect(account.traces()).toEqual(before);
  });

  test("without a home folder", async () => {
    using account = anAccount();
    for (const home of ["", "relative/path", "/nonexistent/folder"]) {
      const ended = await fromFile(account, "", script, { HOME: home });
      expect([home, ended.code, ended.stderr]).toEqual([home, 1, expect.stringMatching(/home|HOME/)]);
    }
  });

  test("by a kill in the middle of the download", async () => {
    using account = anAccount();
    const asked = Promise.withResolvers<void>();
    const silent = only(ARTEFACT, () => {
      asked.resolve();
      return new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1000)) }));
    });
    await tampered(silent, async () => {
      account.withTools("setsid");
      const pidFile = join(account.home, "pid");
      await Bun.write(join(account.outside, "install.sh"), script);
      const ended = account.sh(`setsid sh ${account.outside}/install.sh & echo $! >${pidFile}; wait $!`, {
        WNM_MIRROR: server.url,
      });
      await asked.promise;
      process.kill(-Number(readFileSync(pidFile, "utf8")), "SIGTERM");
      expect((await ended).code).not.toBe(0);
      rmSync(pidFile);
    });
    expect(account.traces()).toEqual([]);
  });
});

describe("cron", () => {
  const OTHERS =
    '# mine\nMAILTO=""\n\n5 4 * * * /usr/bin/backup --to "/var/wnm backups"  # 100\\%\n@reboot true\n';

  test("gets one line, however often wnm is installed, and loses only that", async () => {
    using account = anAccount();
    account.setCrontab(OTHERS);
    expect((await pipe(account)).code).not.toBe(1);
    for (let i = 0; i < 3; i++) expect((await pipe(account, "--cron-only")).code).not.toBe(1);
    const text = (await account.crontab()) ?? "";
    expect(text.startsWith(OTHERS)).toBe(true);
    expect(text.slice(OTHERS.length).split("\n")).toHaveLength(2);
    account.setCrontab(`${text}7 7 * * * true\n`);
    await pipe(account, "--cron-only");
    expect(await account.crontab()).toBe(`${text}7 7 * * * true\n`);
    expect((await pipe(account, "--uninstall")).code).toBe(0);
    expect(await account.crontab()).toBe(`${OTHERS}7 7 * * * true\n`);
  });

  test("is left alone with --no-cron, and is all that --cron-only touches", async () => {
    using account = anAccount();
    expect((await pipe(account, "--no-cron")).code).toBe(0);
    expect(await account.crontab()).toBeUndefined();
    const program = await sha256Of(account.program);
    server.asked.length = 0;
    await fromFile(account, "--cron-only");
    expect([server.asked, await sha256Of(account.program)]).toEqual([[], program]);
    expect(await account.crontab()).toContain("/.local/share/wnm/every-minute ");
    await pipe(account, "--uninstall");
    expect(await account.crontab()).toBeUndefined();
  });

  test("is never written if it could not be read", async () => {
    using account = anAccount();
    account.setCrontab(OTHERS);
    account.write(".crontab-broken", "");
    const ended = await pipe(account);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("cannot reach the spool")]);
    const uninstall = await pipe(account, "--uninstall");
    expect([uninstall.code, uninstall.stderr]).toEqual([1, expect.stringContaining("nothing was removed")]);
    expect((await account.sh(`${account.program} --version`)).code).toBe(0);
    expect(await account.crontab()).toBe(OTHERS);
  });

  test("does not get a second wnm beside the user's own line", async () => {
    using account = anAccount();
    const own = "*/1 * * * * . ~/.venv/bin/activate && wnm >> ~/wnm.log 2>&1\n";
    account.setCrontab(own);
    const ended = await pipe(account);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain(own.trim());
    expect(ended.stderr).toContain(
      `curl -fsSL ${server.url}/download/v1.0.0/install.sh | sh -s -- --cron-only`,
    );
    expect(await account.crontab()).toBe(own);
  });

  test.each([
    "0 8 * * * PROGRAM --report health -q || echo wnm is ill",
    "*/5 * * * * PROGRAM --report=prometheus --output /var/lib/wnm.prom",
    "1 1 * * * sh -c 'PROGRAM --export_keys ~/keys.json'",
  ])("gets its line beside one that only calls wnm for something else: %s", async (line) => {
    using account = anAccount();
    const own = `${line.replace("PROGRAM", account.program)}\n`;
    account.setCrontab(own);
    account.write(".local/bin/wnm", "#!/bin/sh\n# wnm: put here by its install.sh\n", 0o755);
    await pipe(account, "--cron-only");
    expect(await account.crontab()).toMatch(/\n\* \* \* \* \* \/bin\/sh .*every-minute #/);
    await pipe(account, "--uninstall");
    expect(await account.crontab()).toBe(own);
  });

  test("gets no second line beside one that both asks for a report and works", async () => {
    using account = anAccount();
    account.setCrontab("* * * * * wnm && wnm --report node-status\n");
    expect((await pipe(account)).code).toBe(3);
  });

  test("may be missing: the program is installed, and the script says what to do", async () => {
    using account = anAccount();
    account.without("crontab");
    account.standIn("apt-get", "#!/bin/sh\nexit 1\n");
    const ended = await pipe(account);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain("as root: apt-get install cron");
    expect((await account.sh(`${account.program} --version`)).code).toBe(0);
  });

  test("runs a line that keeps its log small, and that runs wnm even if the log cannot be written", async () => {
    using account = anAccount();
    await pipe(account);
    const line = (await account.crontab())?.split("\n")[0]?.replace(/^(\* ){5}/, "") ?? "";
    const log = join(account.home, ".local/share/wnm/cron.log");
    account.write(".local/share/wnm/cron.log", "x".repeat(1_000_001));
    for (let i = 0; i < 2; i++) expect((await account.sh(line)).code).toBe(4);
    expect([Bun.file(log).size < 1000, Bun.file(`${log}.1`).size]).toEqual([true, 1_000_001]);
    rmSync(log);
    chmodSync(join(account.home, ".local/share/wnm"), 0o555);
    const ended = await account.sh(line);
    expect([ended.code, ended.stderr]).toEqual([4, expect.stringContaining("No database found")]);
  });

  test("gives wnm no variable but HOME and PATH", async () => {
    using account = anAccount();
    await pipe(account);
    const line = (await account.crontab())?.split("\n")[0]?.replace(/^(\* ){5}/, "") ?? "";
    account.write(
      ".local/bin/wnm",
      "#!/bin/sh\n/usr/bin/env | /bin/grep -v -e ^PWD= -e ^_= -e ^SHLVL= | /usr/bin/sort\n",
      0o755,
    );
    await account.sh(line, { BUN_BE_BUN: "1", BUN_OPTIONS: "--print 1", CPU_REMOVE: "1" });
    const log = await Bun.file(join(account.home, ".local/share/wnm/cron.log")).text();
    expect(log.split("\n").map((variable) => variable.split("=")[0])).toEqual(["HOME", "PATH", ""]);
  });
});

describe("uninstall", () => {
  test("removes the program and leaves colony, nodes and log", async () => {
    using account = anAccount();
    await pipe(account);
    await pipe(account);
    account.write(".local/share/autonomi/colony.db", "precious");
    account.write(".local/share/wnm/cron.log", "lines\n");
    const rehearsal = account.traces();
    expect((await pipe(account, "--uninstall --dry-run")).stdout).toContain(
      `Would remove ${account.program}`,
    );
    expect(account.traces()).toEqual(rehearsal);
    const ended = await pipe(account, "--uninstall");
    expect(ended.stdout).toContain(
      `The colony stays, and its nodes go on: ${account.home}/.local/share/autonomi`,
    );
    const files = account.traces().filter((trace) => !trace.endsWith("/"));
    expect(files).toEqual([".local/share/autonomi/colony.db 8", ".local/share/wnm/cron.log 6"]);
    expect((await pipe(account, "--uninstall")).code).toBe(0);
  });
});

describe("on macOS", () => {
  /** A Mac as far as the script can tell: launchctl records its calls. */
  function aMac(): Account {
    const account = anAccount();
    account.without("crontab");
    account.standIn("uname", '#!/bin/sh\n[ "$1" = -m ] && echo arm64 || echo Darwin\n');
    account.standIn("sw_vers", "#!/bin/sh\necho 14.5\n");
    account.standIn("launchctl", '#!/bin/sh\necho "$@" >>"$HOME/launchctl"\n');
    account.write(".local/bin/wnm", "not run here", 0o755);
    return account;
  }

  async function plistOf(account: Account): Promise<Record<string, unknown>> {
    const path = join(account.home, "Library/LaunchAgents/wnm.every-minute.plist");
    const read = "import plistlib,json,sys; print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
    const child = Bun.spawn(["python3", "-c", read, path], { stdout: "pipe" });
    return JSON.parse(await child.stdout.text());
  }

  test("launchd gets an agent, and loses it", async () => {
    using account = aMac();
    expect((await fromFile(account, "--cron-only")).code).toBe(0);
    const plist = await plistOf(account);
    expect(plist).toMatchObject({ Label: "wnm.every-minute", StartInterval: 60, AbandonProcessGroup: true });
    const words = plist.ProgramArguments as string[];
    expect(words.slice(0, 3)).toEqual(["/usr/bin/env", "-i", `HOME=${account.home}`]);
    expect(words.slice(-2)).toEqual([account.program, `${account.home}/Library/Logs/wnm/cron.log`]);
    expect(await Bun.file(join(account.home, "launchctl")).text()).toContain("bootstrap gui/");
    await fromFile(account, "--uninstall");
    expect(account.traces().filter((trace) => trace.includes("plist"))).toEqual([]);
  });

  test("an old macOS is refused as too old", async () => {
    using account = aMac();
    account.standIn("sw_vers", "#!/bin/sh\necho 12.7.1\n");
    expectFailed(await fromFile(account), "needs macOS 13 or later");
  });
});
