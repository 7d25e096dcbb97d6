import { expect, test } from "bun:test";
import fc from "fast-check";
import { blanked } from "../../src/report/blanked.ts";

const NAMES = { home: "/home/anna", user: "anna", host: "annas-pi" };
const blank = (text: string): string => blanked(text, NAMES);

/** What must not leave the machine, as it may appear in a log, a unit or a setting. */
const SECRETS: readonly string[] = [
  "0x00455d78f850b0358e8cea5be24d415e01e107cf",
  "0X00455D78F850B0358E8CEA5BE24D415E01E107CF",
  "203.0.113.77",
  "192.168.1.20",
  "2001:db8::7334",
  "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
  "fe80::1ff:fe23:4567:890a",
  "b8:27:eb:12:34:56",
  "anna.smith@example.org",
  "node7.my-farm.example.com",
  "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf",
  "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d",
  "mU3Zk1pQ9xT7vB2nR5wL8yC4hJ6dF0sG+aE/iOqXzNs=",
  "2001:db8:85a3:0:0:8a2e:370:7334:8080",
  "sk-9aB3xY7kLm2Pq8Rt5Vw1",
  "xoxb-123456789012-AbCdEfGhIjKl",
  "Zm9/YmFy+Q3xT7/vB2nR5wL8/yC4hJ6dF0sG+aE=",
  "annas-pi",
  "/home/anna",
];

test.each(SECRETS)("%s is blanked wherever it appears", (secret) => {
  for (const frame of [
    (s: string) => s,
    (s: string) => `ERROR [root] ${s}: refused`,
    (s: string) => `Environment="X=${s}"`,
    (s: string) => `{"value":"${s}","more":1}`,
    (s: string) => `--flag=${s} --other`,
    (s: string) => `(${s}), [${s}];`,
    (s: string) => `a\n${s}\nb`,
    (s: string) => JSON.stringify({ text: `a\n${s}\t"${s}"\u0001${s}` }),
    (s: string) => `_${s}_`,
  ])
    expect(blank(frame(secret))).not.toContain(secret);
});

test.each([
  ["https://anna:hunter2@ntfy.example/my-topic?x=1", ["hunter2", "ntfy", "my-topic"]],
  ["ALERT_TOKEN=hunter2", ["hunter2"]],
  ["Environment=SECRET_KEY='hunter two'", ["hunter"]],
  ['"api_key": "hunter2"', ["hunter2"]],
  ["password: hunter2", ["hunter2"]],
  ["-----BEGIN PRIVATE KEY-----\nMIIE\nabc\n-----END PRIVATE KEY-----", ["MIIE", "abc"]],
  ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", ["b3Bl"]],
  ["/home/anna/.local/bin/antnode", ["anna/"]],
  ["User=anna", ["anna"]],
])("secrets in %s are blanked", (text, secrets) => {
  for (const secret of secrets) expect(blank(text)).not.toContain(secret);
});

test("useful text stays: times, versions, files, units, nodes, figures, loopback", () => {
  const text = [
    "2026-11-28T15:04:01Z antnode0003 died (exit 1), 07:31:02",
    "wnm 1.1.0, antnode 0.4.17, /etc/systemd/system/antnode0003.service, colony.db",
    "http_port 127.0.0.1:13001 cpu 41.5 % of 50/70, load 1.2 1.4 1.3",
    "max_concurrent_operations=1 node_removal_strategy=youngest",
    'wnm-backup-20261128-150401 /home/op/.local/share/autonomi/node/antnode0001/antnode {"a":"b\\n\\\\c"} \uE001',
  ].join("\n");
  expect(blank(text)).toBe(text);
});

test("any text is accepted, and no secret in it comes through", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...SECRETS), fc.string(), (before, secret, after) => {
      expect(blank(`${before} ${secret} ${after}`)).not.toContain(` ${secret} `);
    }),
  );
});
