import { describe, expect, test } from "bun:test";
import { adoptLater, type Joined, type Joining } from "../../src/import/adopt-later.ts";
import type { ManagerKind, Node } from "../../src/model/node.ts";
import type { FoundNode } from "../../src/process/contract/found-node.ts";
import { aNode } from "../support/builders.ts";

const WALLET = `0x${"1".repeat(40)}`;

/** A node that was found, with its generation given by its program. */
function found(folder: string, port: number, changes: Partial<FoundNode> = {}): FoundNode {
  const legacy = changes.program?.endsWith("/antnode") === true;
  return {
    manager: "setsid+user",
    source: `source of ${folder}`,
    service: undefined,
    user: "u",
    program: `${folder}/ant-node`,
    args: [
      ...["--rewards-address", WALLET, "--root-dir", folder, "--port", String(port)],
      ...(legacy ? ["--metrics-server-port", String(port + 1000), "evm-arbitrum-one"] : []),
    ],
    env: {},
    ...changes,
  };
}

const OURS = aNode(1, {
  root_dir: "/ours/antnode0001",
  port: 55_001,
  manager_type: "systemd+user",
  service: "antnode0001.service",
});

const joining = (finds: readonly FoundNode[], colony: Partial<Joined> = {}): Joining =>
  adoptLater(
    { found: finds, left_out: [] },
    {
      given: new Map(),
      hasFolder: () => "present",
      colonyOf: () => undefined,
      // What is below /link is also below /ours.
      identityOf: (path) => path.replace("/link/", "/ours/"),
      hasWnmsConfig: () => false,
      whyForeign: () => undefined,
    },
    { nodes: [OURS], manager: "systemd+user", start_args: undefined, numbers: "wnm's", ...colony },
    { ids: undefined, folder: undefined },
  );

const numbers = ({ nodes }: Joining): readonly number[] => nodes.map(({ id }) => Number(id));
const because = ({ left_out }: Joining): string => left_out.map((one) => one.because).join("\n");

describe("a node joins a colony later", () => {
  test("whichever manager of the same account runs it", () => {
    const kinds: readonly ManagerKind[] = ["setsid+user", "systemd+user", "antctl+user", "systemd+sudo"];
    const result = joining(
      kinds.map((manager, i) => found(`/n/node-${i + 2}`, 12_000 + i, { manager, user: "ant" })),
    );
    expect(numbers(result)).toEqual([2, 3, 4]);
    expect(because(result)).toBe("it is run by systemd+sudo, and those of this colony by systemd+user");
  });

  test("with its own number, even if it is an antnode whose number is taken", () => {
    const legacy = { program: "/n/antnode0001/antnode" };
    expect(numbers(joining([found("/n/antnode0001", 12_000, legacy), found("/n/node-1", 12_001)]))).toEqual([
      2, 3,
    ]);
  });

  test("from antctl only under antctl's number, and no other node where antctl assigns the numbers", () => {
    const of_antctl = { program: "/n/antnode1/antnode", manager: "antctl+user", number: 1 } as const;
    expect(because(joining([found("/n/antnode1", 12_000, of_antctl)]))).toBe(
      "its number 1 at antctl is taken in the colony",
    );
    const antctls = { manager: "antctl+user", numbers: "manager's", nodes: [] as readonly Node[] } as const;
    const result = joining([found("/n/antnode1", 12_000, of_antctl), found("/n/node-2", 12_001)], antctls);
    expect(numbers(result)).toEqual([1]);
    expect(because(result)).toBe("it is run by setsid+user, and those of this colony by antctl+user");
  });
});

describe("a node does not join", () => {
  test.each([
    ["when it is one of the colony's by another path", "/link/antnode0001", 12_000, {}, ""],
    ["when its folder lies in one of the colony's", "/ours/antnode0001/x", 12_000, {}, "are nested"],
    ["when its folder holds one of the colony's", "/ours", 12_000, {}, "are nested"],
    ["with a port of the colony's", "/n/a", 55_001, {}, "its port 55001 is also that of antnode0001"],
    [
      "when it has the name of one of the colony's at the same manager",
      ...(["/n/a", 12_000] as const),
      { manager: "systemd+user", service: "antnode0001.service" },
      "its name antnode0001.service is that of antnode0001, whose folder is another",
    ],
  ] as const)("%s", (_, folder, port, changes, reason) => {
    const result = joining([found(folder, port, changes)]);
    expect(numbers(result)).toEqual([]);
    expect(because(result)).toContain(reason);
    expect(result.already).toBe(reason === "" ? 1 : 0);
  });
});

test("flags that a node loses or gains through the colony's start_args are named", () => {
  const one = found("/n/a", 12_000);
  const own = ["--upgrade-channel", "beta", "--ipv4-only"];
  const [node] = joining([{ ...one, args: [...one.args, ...own] }], {
    start_args: "--upgrade-channel stable --log-max-files 7",
  }).nodes;
  expect(node).toMatchObject({
    own_flags: { ANT_IPV4_ONLY: "true" },
    lost_flags: ["--upgrade-channel beta"],
    new_flags: ["--log-max-files 7"],
  });
});
