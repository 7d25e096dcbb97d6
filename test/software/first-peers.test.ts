import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { antNodeFirstPeers } from "../../src/software/first-peers.ts";
import { aConfig } from "../support/builders.ts";

const PEERS = 'peers = ["192.0.2.1:10000", "[2001:db8::1]:10000"]\n';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A program's folder and a home, with these files in them. */
function aPlace(files: Readonly<Record<string, string>>) {
  const top = mkdtempSync(join(tmpdir(), "wnm-peers-"));
  folders.push(top);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  }
  return { program: join(top, "bin/ant-node"), home: join(top, "home") };
}

test("the file beside the program takes precedence over the account's", () => {
  const other = PEERS.replace("192", "198");
  const files = { "bin/bootstrap_peers.toml": PEERS, "home/.config/ant/bootstrap_peers.toml": other };
  const { program, home } = aPlace(files);
  expect(antNodeFirstPeers(program, home, aConfig())).toEqual({ text: PEERS });
  expect(antNodeFirstPeers(`/nowhere/ant-node`, home, aConfig())).toEqual({ text: other });
});

test.each(["", "peers = []\n", 'peers = ["example.org:1"]\n', "peers = 3\n", "no toml ["])(
  "a file that names no peer is skipped, as the node skips it: %j",
  (text) => {
    const { program, home } = aPlace({ "bin/bootstrap_peers.toml": text });
    const missing = expect.stringMatching(
      new RegExp(
        `no bootstrap_peers.toml with peers is beside it or in ${home}/.config/ant .*--bootstrap IP:PORT`,
      ),
    );
    expect(antNodeFirstPeers(program, home, aConfig())).toEqual({ missing });
  },
);

test("peers given by the operator are enough", () => {
  const { program, home } = aPlace({});
  for (const config of [
    { start_args: "--ipv4-only --bootstrap 192.0.2.1:10000" },
    { start_args: "--bootstrap=192.0.2.1:10000" },
    { start_args: "-b 192.0.2.1:10000" },
    { environment: "A=b ANT_BOOTSTRAP=192.0.2.1:10000" },
    { environment: "ANT_BOOTSTRAP_PEERS_PATH=/srv/peers.toml" },
  ])
    expect(antNodeFirstPeers(program, home, aConfig(config))).toBe("known");
});

test("without an account, no home is searched", () => {
  const { program } = aPlace({});
  expect(antNodeFirstPeers(program, undefined, aConfig())).toEqual({
    missing: expect.stringContaining("beside it or in /etc/ant;"),
  });
});
