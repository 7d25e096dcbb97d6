import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hour, NodeDay } from "../../src/model/days.ts";
import type { NodeId } from "../../src/model/node.ts";
import { svgOf } from "../../src/report/page/chart.ts";
import { type PageFacts, pageHtml } from "../../src/report/page/page.ts";
import { aConfig, aNode, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";

setDefaultTimeout(300_000);

const [HOUR, DAY] = [3600, 86_400];
const EVIL = `<script>document.title="run"</script><img src=x onerror="document.title='run'">"'&\u202e\u001b[2J`;

const hour = (began_at: number, i: number): Hour =>
  ({
    ...{
      began_at,
      nodes: 20,
      fewest_up: 18 + (i % 2),
      most_up: 20,
      records: 40_000 + i,
      earned: BigInt(i) * 10n ** 14n,
    },
    ...{
      free_hd_bytes: 5e11 - i * 1e8,
      used_cpu_percent: 40 + (i % 7),
      used_mem_percent: 52,
      used_hd_percent: 60 + i / 30,
    },
  }) as Hour;

const facts = (changes: Partial<PageFacts> = {}): PageFacts => ({
  ...{ host: "pi4", version: "1.1.0", now: NOW, surveyed_at: NOW - 12, config: aConfig() },
  nodes: [
    aNode(1, { rewards: 1_000_000_000_000_000_001n, records: 10, connected_peers: 30 }),
    aNode(2, { silent_since: NOW - 240, connected_peers: 77 }),
    aStoppedNode(3, { wanted: "running", problem: EVIL }),
  ],
  metrics: { ...quietMetrics, used_hd_percent: 66 },
  doing: ["nothing to do: 3 nodes = node_cap 3"],
  findings: [
    { key: "node-dies", severity: "bad", sentence: `antnode0003 died ${EVIL}`, cure: "wnm --report why" },
  ],
  events: [],
  hours: Array.from({ length: 192 }, (_, i) => hour(Math.floor(NOW / HOUR) * HOUR - (191 - i) * HOUR, i)),
  quarters: Array.from({ length: 96 }, (_, i) => ({
    ...{ began_at: NOW - DAY + i * 900, nodes: 20, load_average_1: 1 },
    ...{ used_cpu_percent: 40, used_mem_percent: 52, used_hd_percent: 66 },
  })),
  days: Array.from({ length: 365 }, (_, i) => hour(NOW - (364 - i) * DAY, i)),
  node_days: [1, 2, 3].map((node) => ({ node: node as NodeId, deaths: 2, up_seconds: DAY }) as NodeDay),
  week_events: [
    {
      ...{ at: NOW - 60, node: 3 as NodeId, kind: "died", from_status: "RUNNING", to_status: "STOPPED" },
      ...{ reason: EVIL, readings: undefined, by: "hand:1000" },
    },
  ],
  account: () => "<b>pi</b>",
  ...changes,
});

test("no bar is wider than its chart, and labels of close limits do not overlap", () => {
  // Only a short part of the last day has passed.
  const now = NOW - (NOW % DAY) + 1800;
  const hours = Array.from({ length: 192 }, (_, i) => hour(now - (now % HOUR) - (191 - i) * HOUR, i + 1));
  const html = pageHtml(facts({ now, hours, config: aConfig({ mem_less_than: 79, mem_remove: 80 }) }));
  const ends = [...html.matchAll(/class="bars" d="([^"]*)"/g)].flatMap(([, path = ""]) =>
    [...path.matchAll(/H([\d.]+)/g)].map(([, x]) => Number(x)),
  );
  expect(ends.length).toBeGreaterThan(30);
  expect(Math.max(...ends)).toBeLessThanOrEqual(352);
  expect(html).toMatch(/<text class="note" x="50" y="[\d.]+">stops above 80 %/);
  expect(html).toMatch(/<text class="note" x="344" text-anchor="end" y="[\d.]+">adds below 79 %/);
});

test("each of several disks has its own figures, and the charts name their disk", () => {
  const [first, second] = ["/mnt/a/nodes", "/mnt/b/nodes"].map((disk) => ({
    ...{ disk, storages: [disk], read_only: false, nodes: 2, hd_of: undefined, used_hd_percent: 66 },
    ...{ total_hd_bytes: 1e12, free_hd_bytes: 34e10, growth_bytes_per_day: 2e9, days_until_full: 120 },
  }));
  if (first === undefined || second === undefined) throw new Error("there are two");
  const html = pageHtml(facts({ disks: [first, { ...second, growth_bytes_per_day: undefined }] }));
  expect(html).toContain('aria-label="Disk /mnt/a/nodes, last week: ');
  expect(html).toMatch(/\/mnt\/a\/nodes: 2 nodes.*\+2 GB a day.*full \(90 %\) in about 120 days/s);
  expect(html).toMatch(/\/mnt\/b\/nodes: 2 nodes.*340 GB left of 1 TB/s);
});

test("node figures from an old survey are not presented as current", () => {
  const [fresh, old] = [pageHtml(facts()), pageHtml(facts({ surveyed_at: NOW - 3600 }))];
  for (const html of [fresh, old]) expect(html).toContain(">1 up · 1 silent · 1 down<");
  expect(fresh).toContain("1 of 3 up now, node_cap ");
  expect(old).toContain("1 of 3 up when last asked, node_cap ");
  expect(old).toMatch(/last week: [\d ]+ when last asked</);
});

test("measurements that a wrong clock dated in the future are not drawn", () => {
  const quarters = [
    ...facts().quarters,
    { ...facts().quarters[0], began_at: NOW + 30 * DAY } as PageFacts["quarters"][number],
  ];
  expect(pageHtml(facts({ quarters }))).toBe(pageHtml(facts()));
});

describe("the page", () => {
  const html = pageHtml(facts());

  test("has the figures, six charts over three spans, every node and the last events", () => {
    expect(html.match(/<svg /g)).toHaveLength(18);
    for (const period of ["day", "week", "year"])
      for (const title of [
        "Nodes with a process",
        "Processor",
        "Memory",
        "Disk",
        "Records",
        "Rewards in ANT",
      ])
        expect(html).toContain(`aria-label="${title}, last ${period}: `);
    expect(html).toContain('<data value="1000000000000000001">1</data>');
    expect(html).toContain("RUNNING, silent 4 min");
    expect(html).not.toContain(">77<");
    expect(html).toContain("antnode0003");
    expect(html).toMatch(/full \(90 %\) in about \d+ days/);
  });

  test("contains nothing that runs or loads, and all external text is escaped", () => {
    expect(html).not.toMatch(
      /<script|<img|<link rel="stylesheet|https?:|@import|url\(|onerror="|<b>|\u202e|javascript:/,
    );
    expect(html.includes("\u001b")).toBe(false);
    expect(html).toContain("default-src &#39;none&#39;".replaceAll("&#39;", "'"));
    expect(html).toContain("&lt;script&gt;");
  });

  test("marks an old survey as old, and draws no chart without history", () => {
    expect(pageHtml(facts({ surveyed_at: NOW - 3 * HOUR }))).toContain("no run has succeeded since");
    const empty = pageHtml(
      facts({ hours: [], days: [], quarters: [], nodes: [], week_events: [], surveyed_at: undefined }),
    );
    expect(empty.match(/nothing is known yet/g)?.length).toBeGreaterThanOrEqual(17);
    expect(empty).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test("the page, which everyone can read, shows no value that may hold a password", () => {
  const setting = (reason: string) => ({
    ...{
      at: NOW - 60,
      node: undefined,
      kind: "setting" as const,
      from_status: undefined,
      to_status: undefined,
    },
    ...{ reason, readings: undefined, by: "cron" as const },
  });
  const week_events = ["environment  → TOKEN=hidden", "start_args  → --key hidden", "node_cap 3 → 9"].map(
    setting,
  );
  const html = pageHtml(facts({ week_events }));
  expect(html).not.toContain("hidden");
  expect(html).toContain("environment has a new value");
  expect(html).toContain("node_cap 3 → 9");
});

test("a line has a gap where values are unknown or missing, and stays within its chart", () => {
  const values = [1, 2, undefined, 4, 5, 6, 7];
  const line = values.map((value, i) => ({ at: i * HOUR + (i > 4 ? 9 * HOUR : 0), value }));
  const svg = svgOf({
    ...{ title: "CPU", period: "day", from: 0, until: DAY, step: HOUR, figure: "7", line, shown: String },
  });
  expect(svg.match(/class="line"/g)).toHaveLength(2);
  for (const [, x = "", y = ""] of svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
    expect(Number(x)).toBeWithin(46, 353);
    expect(Number(y)).toBeWithin(9, 131);
  }
});

describe("the page in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-page-"));
  const file = join(folder, "page.html");
  beforeAll(() => writeFileSync(file, pageHtml(facts())));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the browser writes, with every line of its console and network log. */
  async function browse(columns: number, url: string, ...flags: readonly string[]) {
    const log = join(folder, `net-${columns}.json`);
    const child = Bun.spawn(
      [
        ...["chromium-headless-shell", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
        ...["--disable-background-networking", "--hide-scrollbars", "--enable-logging=stderr"],
        ...[
          `--user-data-dir=${join(folder, "profile")}`,
          `--window-size=${columns},900`,
          `--log-net-log=${log}`,
        ],
        ...[...flags, url],
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH ?? "", HOME: folder } },
    );
    const [stdout, stderr, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(stderr);
    return {
      stdout,
      console: stderr.split("\n").filter((line) => line.includes("CONSOLE")),
      log: await Bun.file(log).text(),
    };
  }

  for (const columns of [390, 1200])
    test(`requests nothing and logs no error when ${columns} pixels wide`, async () => {
      const page = await browse(columns, `file://${file}`, "--dump-dom");
      expect(page.console).toEqual([]);
      expect(page.log).not.toMatch(/"url":"(?:https?|wss?):/);
      expect(page.stdout).toContain("<title>pi4 · wnm</title>");
    });

  for (const columns of [320, 390, 800])
    test(`does not scroll sideways when ${columns} pixels wide`, async () => {
      // The page itself runs no script, so another page measures it in a frame of this width.
      const frame = join(folder, `frame-${columns}.html`);
      writeFileSync(
        frame,
        `<iframe id=f style="width:${columns}px;height:900px;border:0" srcdoc="${pageHtml(facts())
          .replace(/<meta http-equiv[^>]*>/, "")
          .replaceAll("&", "&amp;")
          .replaceAll('"', "&quot;")}"></iframe>
<script>onload=()=>{const d=document.getElementById("f").contentDocument.documentElement;document.body.innerHTML="width "+d.scrollWidth+" of "+d.clientWidth+" in "+d.ownerDocument.querySelectorAll("svg").length}</script>`,
      );
      const { stdout } = await browse(1200, `file://${frame}`, "--dump-dom");
      const [, wide, room, charts] = /width (\d+) of (\d+) in (\d+)/.exec(stdout) ?? [];
      expect([wide, charts]).toEqual([`${columns}`, "18"]);
      expect(room).toBe(`${columns}`);
    });

  test("follows the reader's dark scheme", async () => {
    const corner = async (name: string, ...flags: readonly string[]) => {
      const shot = join(folder, name);
      await browse(390, `file://${file}`, `--screenshot=${shot}`, ...flags);
      return firstPixel(await Bun.file(shot).bytes());
    };
    expect(await corner("light.png")).toEqual([255, 255, 255]);
    expect(await corner("dark.png", "--blink-settings=preferredColorScheme=0")).toEqual([15, 20, 25]);
  });
});

/** Red, green and blue of the top left pixel of a PNG of 8-bit RGB or RGBA; its filter changes none of them there. */
function firstPixel(png: Uint8Array): readonly number[] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const data: Uint8Array[] = [];
  for (let at = 8; at < png.length; ) {
    const size = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (type === "IDAT") data.push(png.subarray(at + 8, at + 8 + size));
    at += size + 12;
  }
  const pixels = process.getBuiltinModule("node:zlib").inflateSync(Buffer.concat(data));
  return [...pixels.subarray(1, 4)];
}
