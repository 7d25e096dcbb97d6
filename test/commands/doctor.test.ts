import { expect, test } from "bun:test";
import { cardToInternet, portAnswer } from "../../src/commands/doctor/ask-network.ts";
import { aNode, aStoppedNode } from "../support/builders.ts";

const keyOf = (answers: ReturnType<typeof portAnswer>) =>
  answers.map((answer) => (answer.is === "found" ? answer.finding.key : answer.is));

test("a port is held by its running node, by nobody, by another program, or by one that cannot be seen", () => {
  const [running, stopped] = [aNode(1), aStoppedNode(2)];
  const owner = { uid: 1000, pid: running.pid, name: "antnode" };
  expect(portAnswer(running, owner)).toEqual([]);
  expect(keyOf(portAnswer(running, undefined))).toEqual(["port-not-bound"]);
  expect(portAnswer(stopped, undefined)).toEqual([]);
  const taken = portAnswer(stopped, { uid: 33, pid: 712, name: "nginx" });
  expect(taken).toMatchObject([
    {
      finding: {
        key: "port-taken",
        severity: "bad",
        node: 2,
        sentence:
          "antnode0002: its port 55002 is held by pid 712 (nginx); end it, or have it use another port",
        cure: expect.stringContaining("kill 712"),
      },
    },
  ]);
  expect(portAnswer(stopped, { uid: 33, pid: undefined, name: undefined })).toMatchObject([
    { finding: { sentence: expect.stringContaining("a program of account 33") } },
  ]);
});

test("the card of the default route is found, whatever bridges there are", () => {
  const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
  const bridge = "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0";
  const wifi = "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0";
  expect(cardToInternet([head, bridge, wifi].join("\n"))).toBe("wlan0");
  expect(cardToInternet([head, bridge].join("\n"))).toBeUndefined();
  expect(cardToInternet(undefined)).toBeUndefined();
});
