import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Receiver, startReceiver } from "../fixtures/receiver.ts";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

let receiver: Receiver;
beforeEach(() => {
  receiver = startReceiver();
});
afterEach(() => receiver[Symbol.dispose]());

const TOKEN = "tk-AgQdq7mVBoFD37zQVN29";
const urlOf = ({ url }: Receiver): string => `${url}/${TOKEN}?auth=${TOKEN}`;

/** Takes a colony's storage away and returns it. */
const storageOf = ({ base }: Wnm) => {
  const storage = join(base, "node");
  return {
    away: () => renameSync(storage, `${storage}.away`),
    back: () => renameSync(`${storage}.away`, storage),
  };
};

test("a finding is sent once when it begins and once when it is over", async () => {
  await using wnm = await aColony("--node_cap=1", `--alert_url=${urlOf(receiver)}`);
  await wnm.ok([]);
  expect(receiver.received).toEqual([]);
  const storage = storageOf(wnm);
  storage.away();
  for (let i = 0; i < 3; i++) expect((await wnm.run([])).code).not.toBe(0);
  expect(receiver.received).toEqual([
    expect.objectContaining({
      method: "POST",
      path: `/${TOKEN}?auth=${TOKEN}`,
      body: expect.stringMatching(/^✗ wnm is not working: .*\n {3}→ /),
    }),
  ]);
  expect(receiver.received[0]?.headers).toMatchObject({
    "content-type": "text/plain; charset=utf-8",
    title: expect.stringMatching(/^\[.+\] wnm is not working: /),
    priority: "high",
  });
  storage.back();
  for (let i = 0; i < 2; i++) await wnm.ok([]);
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]?.body).toMatch(
    /^✓ over, began \d{4}-\d\d-\d\d \d\d:\d\d UTC: wnm is not working/,
  );
});

test("no address appears in a log, a report, an event, the lock, ps, or a message", async () => {
  await using wnm = await aColony("--node_cap=1");
  const shown: string[] = [];
  const see = async (...args: readonly string[]) => {
    const { stdout, stderr } = await wnm.run(args);
    shown.push(stdout, stderr);
  };
  const settings = [`--alert_url=${urlOf(receiver)}`, `--ping_url=${receiver.url}/ping/${TOKEN}`];
  const template = `--alert_template={"token":"${TOKEN}","text":"{message}"}`;
  await see("--dry_run", ...settings, template);
  await see("--dry_run", "--json", ...settings, template);
  await see("--force_action=nullop", "--json", ...settings);
  await see("-v", template);
  await see("--alert_url", `ftp://${TOKEN}`, "--ping_url", TOKEN, "--alert_template", `{"${TOKEN}"}`);
  await see("--database_mode=0644");
  receiver.manner = { status: 403, location: `http://elsewhere/${TOKEN}`, body: `no ${TOKEN} here` };
  storageOf(wnm).away();
  await see();
  storageOf(wnm).back();
  await see("-v");
  await see("--force_action=test_alert");
  for (const format of ["text", "json", "env", "config"])
    await see("--report=machine-config", `--report_format=${format}`);
  for (const report of ["history", "why", "health", "doctor", "prometheus", "overview", "page"])
    await see(`--report=${report}`);
  const bundle = join(wnm.home, "bundle.txt");
  await see("--report=doctor", `--bundle=${bundle}`);
  const all = [...shown, readFileSync(bundle, "utf8")].join("\n");
  expect(all).toContain("/[blank]");
  expect(all).not.toContain(TOKEN);
  expect(receiver.received.length).toBeGreaterThan(3);
});

test("a call with an address hides it from ps and from a second run", async () => {
  await using wnm = await aColony("--node_cap=1");
  receiver.manner = "hangs";
  const call = wnm.start(["--force_action=test_alert", `--alert_url=${urlOf(receiver)}`]);
  await until(() => receiver.received.length === 1, "the test to be sent");
  const line = readFileSync(`/proc/${call.pid}/cmdline`, "utf8");
  await call.exited;
  expect(line).toContain("test_alert");
  expect(line).not.toContain(TOKEN);
  await wnm.ok(["--force_action=add", "--count=2"]);
  const holder = wnm.start(["--this_survey_delay=3000", "--alert_url", urlOf(receiver)]);
  await until(() => readdirSync(wnm.base).includes("wnm_active"), "the lock");
  const second = await wnm.run([]);
  holder.kill("SIGKILL");
  await holder.exited;
  expect(second).toMatchObject({ code: 75, stderr: expect.stringContaining("--alert_url [blank]") });
  expect(readFileSync(join(wnm.base, ".wnm-lock"), "utf8")).not.toContain(TOKEN);
});

test("addresses are readable only by the owner, and are forgotten when they are removed", async () => {
  await using wnm = await aColony("--node_cap=1", `--alert_url=${urlOf(receiver)}`);
  await wnm.ok([]);
  for (const name of ["colony.db", "colony.db.alerts"])
    expect(statSync(join(wnm.base, name)).mode & 0o777).toBe(0o600);
  expect(await wnm.run(["--database_mode=0644"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("lets other accounts read it"),
  });
  await wnm.ok(["--force_action=nullop", "--alert_url="]);
  expect(readdirSync(wnm.base)).not.toContain("colony.db.alerts");
  await wnm.ok(["--database_mode=0644"]);
});

test("a report that is read back as configuration leaves the stored address unchanged", async () => {
  await using wnm = await aColony("--node_cap=1", `--alert_url=${urlOf(receiver)}`);
  const file = join(wnm.home, "config");
  writeFileSync(file, (await wnm.ok(["--report=machine-config", "--report_format=config"])).stdout);
  await wnm.ok(["-c", file]);
  expect(wnm.machine().alert_url).toBe(urlOf(receiver));
});

test.each(["hangs", "drips", "lies", "promises", "closes"] as const)(
  "a receiver that %s delays a run by seconds at most, does not make it fail, and is not asked twice",
  async (manner) => {
    await using wnm = await aColony("--node_cap=1", `--alert_url=${urlOf(receiver)}`);
    await wnm.ok([]);
    receiver.manner = manner;
    storageOf(wnm).away();
    const began = performance.now();
    await wnm.run([]);
    expect(performance.now() - began).toBeLessThan(120_000);
    for (let i = 0; i < 2; i++) await wnm.run([]);
    expect(receiver.received).toHaveLength(1);
    storageOf(wnm).back();
    receiver.manner = { status: 200 };
    expect((await wnm.ok(["--json"])).stdout.includes("alert-failed")).toBe(manner !== "promises");
  },
);

test.each([
  ["refuses", { status: 403 }, "it answers 403"],
  [
    "redirects",
    { status: 302, location: "https://elsewhere/x" },
    "wants another address (https://elsewhere/[blank])",
  ],
] as const)(
  "a receiver that %s is a finding, and later gets what it has missed",
  async (_, manner, because) => {
    await using wnm = await aColony("--node_cap=1", `--alert_url=${urlOf(receiver)}`);
    await wnm.ok([]);
    receiver.manner = manner;
    storageOf(wnm).away();
    await wnm.run([]);
    storageOf(wnm).back();
    receiver.manner = { status: 200 };
    expect(JSON.parse((await wnm.run(["--report=health", "--json"])).stdout).findings).toMatchObject([
      { key: "run-refused" },
    ]);
    const { code, stdout } = await wnm.run(["--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).findings).toMatchObject([
      { key: "alert-failed", severity: "warning", sentence: expect.stringContaining(because) },
    ]);
    await wnm.ok(["--force_action=test_alert"]);
    await wnm.ok([]);
    expect(receiver.received).toHaveLength(3);
    expect(receiver.received[2]?.body).toMatch(/^✓ over, began .*wnm is not working/);
  },
);

test("proxies are not used", async () => {
  await using wnm = await aColony("--node_cap=1");
  using proxy = startReceiver();
  const proxies = {
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    http_proxy: proxy.url,
    ALL_PROXY: proxy.url,
  };
  await wnm.ok(["--force_action=test_alert", `--alert_url=${urlOf(receiver)}`], proxies);
  expect(receiver.received).toHaveLength(1);
  expect(proxy.received).toEqual([]);
});

test("each of several targets gets its own format, and one that fails does not affect the others", async () => {
  await using wnm = await aColony("--node_cap=1");
  const folder = mkdtempSync(join(tmpdir(), "wnm-exec-"));
  try {
    const program = join(folder, "notify");
    writeFileSync(program, `#!/bin/sh\n{ cat; env; } > ${folder}/said\necho done\n`);
    chmodSync(program, 0o700);
    const targets = [
      "http://127.0.0.1:9/x",
      `slack:${receiver.url}/a`,
      `${receiver.url}/b`,
      `text:${receiver.url}/c`,
    ];
    const { code, stdout } = await wnm.run(
      [
        "--force_action=test_alert",
        `--alert_url=${targets.join(" ")} exec:${program}`,
        '--alert_template={"title":"{title}","body":"{text}","of":["{severity}","{event}"]}',
      ],
      { SECRET: TOKEN },
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /not arrived http:\/\/127\.0\.0\.1:9\/\[blank\] \(\d+ ms\): nothing listens there/,
    );
    expect(stdout).toContain("200 ok");
    expect(stdout).toContain("ended with code 0 done");
    const of = (path: string) => receiver.received.find((one) => one.path === path);
    expect(JSON.parse(of("/a")?.body ?? "")).toEqual({
      text: expect.stringMatching(/^\[.+\] This is a test of wnm\nwnm sends/),
    });
    expect(JSON.parse(of("/b")?.body ?? "")).toMatchObject({
      of: ["ok", "test"],
      body: expect.stringContaining("0 of 0"),
    });
    expect(of("/c")).toMatchObject({ body: expect.stringMatching(/^wnm sends/) });
    const said = readFileSync(join(folder, "said"), "utf8");
    expect(said).toMatch(/^\[.+\] This is a test of wnm\n/);
    expect(said).not.toContain(TOKEN);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every plain run reports to its check that it begins, and then that all is well or what is wrong", async () => {
  await using wnm = await aColony("--node_cap=1", `--ping_url=${receiver.url}/ping/${TOKEN}?x=1`);
  await wnm.ok([]);
  storageOf(wnm).away();
  for (let i = 0; i < 2; i++) await wnm.run([]);
  storageOf(wnm).back();
  await wnm.ok([]);
  await wnm.ok(["--force_action=survey"]);
  const ends = receiver.received.filter(({ path }) => !path.includes("/start"));
  expect(ends.map(({ method, path }) => `${method} ${path.replace(TOKEN, "")}`)).toEqual([
    "GET /ping/?x=1",
    "POST /ping//fail?x=1",
    "POST /ping//fail?x=1",
    "GET /ping/?x=1",
  ]);
  expect(ends[1]?.body).toContain("wnm is not working");
  expect(receiver.received[0]?.path).toBe(`/ping/${TOKEN}/start?x=1`);
});

test("a database that cannot be opened causes an alert, using what the last run knew", async () => {
  await using wnm = await aColony("--node_cap=1", `--alert_url=${urlOf(receiver)}`);
  await wnm.ok([]);
  writeFileSync(wnm.database, "garbage");
  for (let i = 0; i < 2; i++) await wnm.run([]);
  rmSync(wnm.database);
  await wnm.run([]);
  expect(receiver.received).toHaveLength(1);
  expect(receiver.received[0]?.body).toContain("wnm is not working");
});

test("a colony without receivers writes nothing for alerts", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  storageOf(wnm).away();
  await wnm.run([]);
  expect(readdirSync(wnm.base).filter((name) => name.includes("alert"))).toEqual([]);
  storageOf(wnm).back();
});

test("only a trusted certificate with the right name is accepted, whatever the environment says", async () => {
  await using wnm = await aColony("--node_cap=1");
  const [key, cert] = ["key", "cert"].map((name) => join(wnm.home, `${name}.pem`)) as [string, string];
  const made = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
  ]);
  expect(made.exitCode).toBe(0);
  const bodies: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { key: Bun.file(key), cert: Bun.file(cert) },
    fetch: async (request) => {
      bodies.push(await request.text());
      return new Response("thanks");
    },
  });
  try {
    const send = (host: string, variables: Readonly<Record<string, string>>) =>
      wnm.run(["--force_action=test_alert", `--alert_url=https://${host}:${server.port}/x`], variables);
    expect((await send("localhost", { NODE_TLS_REJECT_UNAUTHORIZED: "0" })).stdout).toContain("SELF_SIGNED");
    const trusted = { NODE_EXTRA_CA_CERTS: cert };
    expect((await send("127.0.0.1", trusted)).stdout).toContain("not arrived");
    expect(bodies).toEqual([]);
    expect((await send("localhost", trusted)).stdout).toContain("200 thanks");
    expect(bodies).toHaveLength(1);
  } finally {
    await server.stop(true);
  }
});

test("a run that holds the colony for too long is reported once by the next run, and is over when it is gone", async () => {
  await using wnm = await aColony("--node_cap=0", `--alert_url=${urlOf(receiver)}`);
  await wnm.ok([]);
  const lock = join(wnm.base, ".wnm-lock");
  const holder = wnm.start(["--force_action", "survey"]);
  await until(() => readFileSync(lock, "utf8").startsWith(`pid ${holder.pid},`), "the lock");
  holder.kill("SIGSTOP");
  // A process under a debugger is not ended.
  const debugger_ = Bun.spawn(["strace", "-qq", "-o", "/dev/null", "-p", String(holder.pid)], {
    stderr: "ignore",
  });
  try {
    await until(
      () => !/TracerPid:\t0\n/.test(readFileSync(`/proc/${holder.pid}/status`, "utf8")),
      "the debugger",
    );
    expect((await wnm.run([])).code).toBe(75);
    expect(receiver.received).toEqual([]);
    writeFileSync(lock, readFileSync(lock, "utf8").replace(/ \d+\n$/, " 0\n"));
    for (let i = 0; i < 2; i++) expect((await wnm.run([])).code).toBe(75);
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.body).toContain("has held the colony for");
  } finally {
    debugger_.kill("SIGKILL");
    await debugger_.exited;
    holder.kill("SIGKILL");
    await holder.exited;
  }
  await wnm.ok([]);
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]?.body).toMatch(/^✓ over/);
});
