import { describe, expect, test } from "bun:test";
import { isLocal } from "../../../src/process/docker/engine.ts";
import { isUp, readInspect, readMissing } from "../../../src/process/docker/inspect.ts";
import { readNodeList } from "../../../src/process/docker/node-list.ts";
import { oneLine } from "../../../src/process/docker/one-line.ts";

const line = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    name: "/antnode0001-1a2b3c4d",
    engine_id: "f".repeat(64),
    state: { Status: "running", ExitCode: 0, OOMKilled: false, Error: "", Pid: 12 },
    restarts: 2,
    image: "localhost/antnode",
    labels: { "com.autonomi.wnm.colony": "/data/node" },
    ...changes,
  });

describe("output of docker container inspect", () => {
  test("has one container per line, named without Docker's slash", () => {
    const seen = readInspect(
      `${line()}\n${line({ name: "a1-x", state: { Status: "Exited", ExitCode: 3 } })}\n`,
    );
    expect([...seen.keys()]).toEqual(["antnode0001-1a2b3c4d", "a1-x"]);
    expect(seen.get("a1-x")).toMatchObject({ status: "exited", exit_code: 3, restarts: 2 });
  });

  test("is read without an error, skipping malformed lines and missing fields", () => {
    const odd = ["", "{", "null", "[]", "Error", line({ state: null }), line({ name: 7 })];
    expect(readInspect(odd.join("\n")).size).toBe(0);
    expect(readInspect(line({ labels: null })).size).toBe(1);
  });

  test.each([
    ["Error: No such container: a1-1a2b3c4d", ["a1-1a2b3c4d"]],
    ['Error: no such container "a1-1a2b3c4d"', ["a1-1a2b3c4d"]],
    ['Error: inspecting object: no such container a1\nError: no such container: "b2"', ["a1", "b2"]],
    ['Error: no such object: "a1"', ["a1"]],
    ['Error: no container with name or ID "a1" found: no such container', ["a1"]],
    ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", []],
    ["Error response from daemon: containers unavailable", []],
  ])("names missing containers: %s", (stderr, names) => {
    expect([...readMissing(stderr)].filter(Boolean)).toEqual(names);
  });

  test("means that a container is up unless its state says that nothing in it runs", () => {
    const up = (status: string) => {
      const [seen] = readInspect(line({ state: { Status: status } })).values();
      return seen !== undefined && isUp(seen);
    };
    expect(["running", "restarting", "paused", "removing", "stopping"].map(up)).not.toContain(false);
    expect(["created", "exited", "dead", "configured", "stopped"].map(up)).not.toContain(true);
  });
});

test("the node list of a container's init is read", () => {
  const printed =
    "antnode0001 running\nantnode0002 waiting 3\nantnode0003 stopped\nsh: noise\nantnode4 running\n";
  expect(readNodeList(printed)).toEqual(
    new Map([
      ["antnode0001", { state: "running", code: 0 }],
      ["antnode0002", { state: "waiting", code: 3 }],
      ["antnode0003", { state: "stopped", code: 0 }],
    ]),
  );
});

test.each([
  ["localhost/antnode", true],
  ["antnode:local", true],
  [`sha256:${"0".repeat(64)}`, true],
  ["iweave/antnode:latest", false],
  ["debian:stable-slim", false],
  ["localhost:5000/antnode", false],
])("image %s is local: %p", (image, local) => {
  expect(isLocal(image)).toBe(local);
});

test("an engine's message becomes one harmless line", () => {
  expect(oneLine("a\n\u001b[31mred\u0007\n\n b \n")).toBe("a / [31mred / b");
});
