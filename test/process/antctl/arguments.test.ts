import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type AntctlStyle,
  addArguments,
  unwritable,
  upgradeArguments,
} from "../../../src/process/antctl/arguments.ts";
import type { Launch } from "../../../src/process/contract/manager.ts";
import { antnode } from "../../../src/software/antnode.ts";
import { foreignFlags } from "../../../src/software/foreign-flags.ts";
import { parseCall } from "../../fixtures/antctl-arguments.ts";
import { aConfig, aNode } from "../../support/builders.ts";

const GIVEN: AntctlStyle = { folders: "given", program: { from: "file" } };
const ZEN: AntctlStyle = { folders: "own", program: { from: "release" } };
const node = aNode(4, { service: "antnode0004.service" });
/** Every flag that an antnode may know. */
const FLAGS = new Set(
  [
    "bootstrap-cache-dir",
    "root-dir",
    "port",
    "enable-metrics-server",
    "metrics-server-port",
    "log-output-dest",
  ]
    .concat([
      "ip",
      "peer",
      "local",
      "first",
      "alpha",
      "max-log-files",
      "max-archived-log-files",
      "no-upnp",
      "stop-on-upgrade",
      "rewards-address",
    ])
    .map((name) => `--${name}`),
);
const launchOf = (changes: Parameters<typeof aConfig>[0] = {}, env: Launch["env"] = {}): Launch => ({
  program: "/home/ant/.local/bin/antnode",
  args: antnode.arguments(node, aConfig({ no_upnp: true, ...changes }), FLAGS, {
    home: "/home/ant",
    bootstrap_cache: "/cache",
    foreign_flags: foreignFlags("antnode"),
    supervised: true,
  }),
  env,
});

test("add in the colony's folders has prefixes, ports, wallet and program, with the network last", () => {
  expect(addArguments(node, launchOf({}, { A: "1", B: "x=y,z" }), GIVEN)).toEqual([
    "add",
    ...["--data-dir-path", "/home/ant/.local/share/autonomi/node"],
    ...["--log-dir-path", "/home/ant/.local/share/autonomi/logs"],
    ...["--rpc-port", "30004"],
    ...["--path", "/home/ant/.local/bin/antnode"],
    ...["--env", "A=1", "--env", "B=x=y,z"],
    ...["--node-port", "55004", "--metrics-port", "13004"],
    ...["--max-log-files", "1", "--max-archived-log-files", "1", "--no-upnp"],
    ...["--rewards-address", "0x1111111111111111111111111111111111111111"],
    "evm-arbitrum-one",
  ]);
});

test("zen leaves folders and program to antctl", () => {
  const words = addArguments(node, launchOf(), ZEN);
  for (const flag of ["--data-dir-path", "--log-dir-path", "--path", "--version"])
    expect(words).not.toContain(flag);
});

test("a version that antctl is to install replaces the program, before the network", () => {
  const words = addArguments(node, launchOf(), { ...GIVEN, program: { from: "release", version: "0.4.16" } });
  expect(words.slice(words.indexOf("--version"), words.indexOf("--version") + 2)).toEqual([
    "--version",
    "0.4.16",
  ]);
  expect(words).not.toContain("--path");
  expect(words.at(-1)).toBe("evm-arbitrum-one");
});

test("extra node arguments are passed to antctl under its names, and what it cannot pass is refused", () => {
  const words = addArguments(
    node,
    launchOf({ start_args: "--ip=1.2.3.4 --peer /ip4/1.1.1.1/udp/9 --local" }),
    GIVEN,
  );
  expect(words.join(" ")).toContain("--node-ip 1.2.3.4 --peer /ip4/1.1.1.1/udp/9 --local");
  expect(() => addArguments(node, launchOf({ start_args: "--owner me" }), GIVEN)).toThrow(
    /--owner.*--start_args/,
  );
});

test("upgrade names a single service and passes the program and the environment again", () => {
  expect(upgradeArguments("antnode2", launchOf({}, { A: "1" }))).toEqual([
    ...["upgrade", "--interval", "0"],
    ...["--path", "/home/ant/.local/bin/antnode", "--env", "A=1", "--service-name", "antnode2"],
  ]);
});

describe("clap accepts", () => {
  const style = fc.constantFrom<AntctlStyle>(GIVEN, ZEN, {
    folders: "given",
    program: { from: "release", version: "0.4.16" },
  });
  const extra = fc.subarray(["--local", "--first", "--ip 10.0.0.1", "--peer /ip4/1.1.1.1/udp/9", "--alpha"]);
  const env = fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), fc.string({ maxLength: 12 }));

  test("every add", () => {
    fc.assert(
      fc.property(style, extra, env, (chosen, words, variables) => {
        const launch = launchOf({ start_args: words.join(" ") }, variables);
        expect(parseCall(addArguments(node, launch, chosen)).network).toEqual(["evm-arbitrum-one"]);
      }),
    );
  });

  test("every upgrade, which names its single service", () => {
    fc.assert(
      fc.property(env, (variables) => {
        const call = parseCall(["-v", ...upgradeArguments("antnode3", launchOf({}, variables))]);
        expect(call.values.get("--service-name")).toEqual(["antnode3"]);
        expect(call.verbosity).toBe("minimal");
      }),
    );
  });
});

test("a value that would break the unit that antctl writes is found beforehand", () => {
  expect(unwritable(["/home/ant/node"], launchOf({}, { A: "a b'c,$" }))).toBeUndefined();
  for (const path of ["/home/a b", '/a"', "/a%i", "/a\\b", "/a$HOME", "/a;b"])
    expect(unwritable([path], launchOf())).toContain(path);
  for (const value of ['"', "\\", "%h", "a\nb"])
    expect(unwritable([], launchOf({}, { VAR: value }))).toContain("VAR");
});
