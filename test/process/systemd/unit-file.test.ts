import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseUnit } from "../../../src/process/systemd/parse-unit.ts";
import {
  isAsWritten,
  type NodeUnit,
  renderUnit,
  type UnitStyle,
} from "../../../src/process/systemd/unit-file.ts";
import { ANY_CHARACTER } from "../../support/any-character.ts";

const STYLE: UnitStyle = {
  unit: ["After=network-online.target"],
  service: ["Restart=always"],
  wanted_by: "default.target",
};
const UNIT: NodeUnit = {
  description: "Autonomi node antnode0001",
  program: "/srv/antnode0001/antnode",
  args: ["--port", "55001", "evm-arbitrum-one"],
  env: { HOME: "/home/ant" },
  user: "ant",
  working_directory: "/srv/antnode0001",
};

const argument = fc.string({ unit: ANY_CHARACTER }).filter((text) => !text.includes("\0"));
const hostile = fc.oneof(argument, fc.string({ unit: fc.constantFrom(..."ab \t\n\"'\\%$${}#;=@:-x0123") }));
const path = fc
  .string({ unit: fc.constantFrom(..."ab \"'\\%$#;=@:-é💣") })
  .map((text) => `/srv/${text}/antnode0001`);
const variable = fc.string({ unit: fc.constantFrom(..."ab \t\n\"'\\%$#;=é") });

describe("a unit", () => {
  test("reads back unchanged", () => {
    fc.assert(
      fc.property(
        path,
        fc.array(hostile),
        fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), variable, { noNullPrototype: true }),
        fc.option(fc.constantFrom("ant", "root"), { nil: undefined }),
        (program, args, env, user) => {
          const unit = { ...UNIT, program, args, env, user, working_directory: program };
          expect(
            parseUnit(
              renderUnit(unit, {
                ...STYLE,
                view: { hidden: [program], readable: [program], writable: [program] },
              }),
            ),
          ).toEqual(unit);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("is written as a systemd maintainer would write it", () => {
    expect(
      renderUnit(UNIT, STYLE).replace(/(?<=by wnm: )[0-9a-f]{16}$/m, "MARK"),
    ).toBe(`# wnm rewrites this file whenever it starts the node; put your own settings in a drop-in (systemctl edit).
# As written by wnm: MARK
[Unit]
Description=Autonomi node antnode0001
After=network-online.target

[Service]
Type=exec
User=ant
WorkingDirectory=/srv/antnode0001
Environment=HOME=/home/ant
ExecStart=/srv/antnode0001/antnode --port 55001 evm-arbitrum-one
Restart=always

[Install]
WantedBy=default.target
`);
  });

  test("shows every manual change, while a unit of another program shows nothing", () => {
    const unit = renderUnit(UNIT, STYLE);
    expect(isAsWritten(unit)).toBe(true);
    for (const edited of [
      unit.replace("Restart=always", "Restart=no"),
      unit.replace("[Service]", "[Service]\nLimitNOFILE=99"),
      unit.slice(0, -1),
      `${unit}\n`,
      `# mine\n${unit}`,
      unit.replace(/(?<=by wnm: )./, "x"),
    ])
      expect(isAsWritten(edited)).toBe(false);
    expect(isAsWritten(unit.replace(/^# As written.*\n/m, ""))).toBeUndefined();
    expect(isAsWritten("")).toBeUndefined();
  });

  test("has no extra line, whatever a value contains", () => {
    const env = { A: "1\nExecStartPre=/bin/evil", B: "2\\" };
    const args = ["x\n[Install]\nWantedBy=evil", "y\\"];
    const text = renderUnit({ ...UNIT, env, args }, STYLE);
    expect(text.split("\n").length).toBe(renderUnit(UNIT, STYLE).split("\n").length + 1);
    expect(parseUnit(text)).toEqual({ ...UNIT, env, args });
  });

  test("refuses values that systemd would drop or misread", () => {
    for (const env of [{ "A-B": "1" }, { "": "1" }, { A: "\x07" }]) {
      expect(() => renderUnit({ ...UNIT, env }, STYLE)).toThrow(/variable/);
    }
    for (const working_directory of ["/a\nb", "/a ", "/a\\", ""]) {
      expect(() => renderUnit({ ...UNIT, working_directory }, STYLE)).toThrow(/cannot name the folder/);
    }
    expect(() => renderUnit({ ...UNIT, program: "/a\x7f/antnode" }, STYLE)).toThrow(/program/);
  });
});

describe("units by others", () => {
  test("are read: Python wnm's", () => {
    const unit = parseUnit(
      [
        "[Unit]",
        "Description=antnode0001",
        "[Service]",
        "",
        "ExecStart=/home/ant/node.d/antnode0001/antnode --root-dir /home/ant/node.d/antnode0001 --port 55001 evm-arbitrum-one",
        "Restart=always",
        "#RestartSec=300",
      ].join("\n"),
    );
    expect(unit).toEqual({
      description: "antnode0001",
      program: "/home/ant/node.d/antnode0001/antnode",
      args: ["--root-dir", "/home/ant/node.d/antnode0001", "--port", "55001", "evm-arbitrum-one"],
      env: {},
      user: undefined,
      working_directory: undefined,
    });
  });

  test("are read: anm's, with quotes and an account", () => {
    const unit = parseUnit(`[Unit]
Description=antnode0001
[Service]
User=ant
Environment="ANT_LOG=ant_evm=error"
ExecStart=/var/antctl/services/antnode0001/antnode --no-upnp --bootstrap "164.92.111.156:12000" --port 55001
Restart=always
#RestartSec=300`);
    expect(unit?.user).toBe("ant");
    expect(unit?.env).toEqual({ ANT_LOG: "ant_evm=error" });
    expect(unit?.args).toEqual(["--no-upnp", "--bootstrap", "164.92.111.156:12000", "--port", "55001"]);
  });

  test("are read: an operator's, with continued lines, comments, resets, specifiers, variables, several assignments a line", () => {
    const unit = parseUnit(
      `[Service]
Environment=A=1 "B=two words" 'C=x=y'
Environment=
Environment=D=4 "E=%%h and %h"
ExecStart=/old
ExecStart=
ExecStart=@-%h/ant\\x20node shown --a \\
# a comment in between
  ; another
  --b 'it is' "say \\"hi\\"" mid"dle d"one $D \${E} $$5 100%% %z \\q ; /bin/next
`,
      { h: "/home/ant" },
    );
    expect(unit?.env).toEqual({ D: "4", E: "%h and /home/ant" });
    expect(unit?.program).toBe("/home/ant/ant node");
    expect(unit?.args).toEqual([
      ...[
        "--a",
        "--b",
        "it is",
        'say "hi"',
        "middle done",
        "4",
        "%h and /home/ant",
        "$5",
        "100%",
        "%z",
        "\\q",
      ],
    ]);
  });

  test("are ignored if they start nothing", () => {
    expect(parseUnit("")).toBeUndefined();
    expect(parseUnit("[Service]\nExecStart=\n")).toBeUndefined();
    expect(parseUnit("[Unit]\nExecStart=/bin/true\n")).toBeUndefined();
  });
});
