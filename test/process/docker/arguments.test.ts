import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "../../../src/model/container.ts";
import { shellExports } from "../../../src/os/shell-words.ts";
import {
  type ContainerDefaults,
  createOwn,
  createShared,
  definitionOf,
  ownContainerName,
  sharedContainerName,
  sharedNode,
} from "../../../src/process/docker/arguments.ts";
import { aNode } from "../../support/builders.ts";

const INIT = join(import.meta.dirname, "..", "..", "..", "src", "process", "docker", "init.sh");
const PLACE: ContainerDefaults = {
  image: "localhost/antnode",
  extra: [],
  user: "1000:1000",
  user_args: [],
  control: "/home/ant/c/one",
  writable: ["/home/ant/cache"],
  stop_grace: 30,
};
const CONTAINER: Container = {
  id: 2,
  name: "a2-12345678",
  engine_id: "x",
  image: "localhost/antnode",
  status: "NEW",
  created_at: 0,
  port_range_start: 55_201,
  port_range_end: 55_400,
  metrics_port_range_start: 13_201,
  metrics_port_range_end: 13_400,
  storage: "/data/node",
};
const launch = { program: "/bin/antnode", args: ["--port", "55001", "evm"], env: { HOME: "/home/ant" } };
const node = aNode(1);

/** The values of an option, in order. */
const valuesOf = (argv: readonly string[], option: string): readonly string[] =>
  argv.flatMap((word, i) => (argv[i - 1] === option ? [word] : []));

describe("docker create for one node", () => {
  const argv = createOwn(node, launch, PLACE);

  test("publishes the node port to all and the metrics port to this machine only", () => {
    expect(valuesOf(argv, "--publish")).toEqual(["55001:55001/udp", "127.0.0.1:13001:13001/tcp"]);
  });

  test("publishes the port for browsers of a node that has one", () => {
    const ports = valuesOf(createOwn(node, { ...launch, webrtc_port: 30_001 }, PLACE), "--publish");
    expect(ports).toEqual(["55001:55001/udp", "127.0.0.1:13001:13001/tcp", "30001:30001/udp"]);
  });

  test("mounts the node's folder, its logs and the shared writable folders, and nothing else writable", () => {
    const mounts = valuesOf(argv, "--mount");
    const folders = [node.root_dir, node.log_dir, "/home/ant/cache"];
    expect(mounts).toEqual([
      "type=bind,source=/home/ant/c/one,target=/wnm,readonly",
      ...folders.map((folder) => `type=bind,source=${folder},target=${folder}`),
    ]);
  });

  test("ends with the node's program and its arguments, and contains none of its variables", () => {
    expect(argv.join(" ")).not.toContain("HOME=");
    expect(argv.slice(argv.indexOf("one"))).toEqual(["one", "13001", node.binary, "--port", "55001", "evm"]);
  });

  test("has extra arguments before the image and after wnm's own", () => {
    const limited = createOwn(node, launch, { ...PLACE, extra: ["--memory", "2g"] });
    const at = limited.indexOf("--memory");
    expect(limited.slice(at, at + 5)).toEqual(["--memory", "2g", "--entrypoint", "/bin/sh", PLACE.image]);
  });

  test.each(["--network host", "--net host", "--network=host", "--net=host"])(
    "publishes and passes on no port with the machine's own network: %s",
    (words) => {
      const bare = createOwn(node, launch, { ...PLACE, extra: words.split(" ") });
      expect(valuesOf(bare, "--publish")).toEqual([]);
      expect(bare[bare.indexOf("one") + 1]).toBe("-");
    },
  );

  test("never pulls, is read-only, drops all capabilities, caps logs and sets a stop timeout", () => {
    expect(valuesOf(argv, "--pull")).toEqual(["never"]);
    expect(argv).toContain("--read-only");
    expect(valuesOf(argv, "--cap-drop")).toEqual(["ALL"]);
    expect(valuesOf(argv, "--log-opt")).toEqual(["max-size=1m"]);
    expect(valuesOf(argv, "--stop-timeout")).toEqual(["30"]);
    expect(valuesOf(argv, "--restart")).toEqual(["unless-stopped"]);
  });

  test("keeps folders with commas and quotes in one field of the mount", () => {
    const odd = createOwn(aNode(1, { root_dir: '/a,b/"c"/antnode0001' }), launch, PLACE);
    expect(valuesOf(odd, "--mount")).toContain(
      'type=bind,"source=/a,b/""c""/antnode0001","target=/a,b/""c""/antnode0001"',
    );
  });

  test("has another definition for another argument, image or folder, and the same for the same", () => {
    const same = definitionOf(createOwn(node, launch, PLACE));
    expect(same).toMatch(/^[0-9a-f]{16}$/);
    expect(definitionOf(argv)).toBe(same);
    const others = [
      createOwn(node, { ...launch, args: ["--port", "55002", "evm"] }, PLACE),
      createOwn(node, launch, { ...PLACE, image: "localhost/other" }),
      createOwn(node, launch, { ...PLACE, user: "1001:1001" }),
      createOwn(node, launch, { ...PLACE, writable: [] }),
    ].map(definitionOf);
    expect(new Set([same, ...others]).size).toBe(5);
  });
});

describe("docker create for many nodes", () => {
  const argv = createShared(CONTAINER, ["/logs"], { ...PLACE, control: "/c/a2" });

  test("publishes whole blocks of ports", () => {
    expect(valuesOf(argv, "--publish")).toEqual([
      "55201-55400:55201-55400/udp",
      "127.0.0.1:13201-13400:13201-13400/tcp",
    ]);
  });

  test("publishes as many ports for browsers if nodes have them", () => {
    const many = createShared(CONTAINER, [], PLACE, 30_201);
    expect(valuesOf(many, "--publish").at(-1)).toBe("30201-30400:30201-30400/udp");
  });

  test("mounts the storage, and keeps its state where a second start finds it writable", () => {
    expect(valuesOf(argv, "--mount")).toEqual([
      "type=bind,source=/c/a2,target=/wnm,readonly",
      "type=bind,source=/c/a2/state,target=/run/wnm",
      ...["/data/node", "/logs", "/home/ant/cache"].map((path) => `type=bind,source=${path},target=${path}`),
    ]);
  });

  test("restarts with its engine, whatever ended it, and starts no node by itself", () => {
    expect(valuesOf(argv, "--restart")).toEqual(["always"]);
    expect(argv.slice(-3)).toEqual(["/wnm/init.sh", "many", "30"]);
  });
});

test("a shell reads the node's exact command, whatever its words contain", async () => {
  const args = ["it's", "a b", "$(touch /tmp/x)", '"', "\\", "`id`", "evm"];
  const text = sharedNode(aNode(1, { log_dir: "/it's/logs" }), { ...launch, args }, { extra: [] });
  const shell = Bun.spawn(["sh", "-c", `${text}\nprintf '%s\\n' "$metrics_port" "$output" "$@"`], {
    stdout: "pipe",
  });
  expect((await shell.stdout.text()).split("\n")).toEqual([
    ...["13001", "/it's/logs/output.log", aNode(1).binary, ...args, ""],
  ]);
});

test("names differ by storage, so that two colonies on one engine never collide", () => {
  expect(ownContainerName(node)).toMatch(/^antnode0001-[0-9a-f]{8}$/);
  expect(ownContainerName(aNode(1, { root_dir: "/other/antnode0001" }))).not.toBe(ownContainerName(node));
  expect(sharedContainerName(3, "/a")).toMatch(/^a3-[0-9a-f]{8}$/);
  expect(sharedContainerName(3, "/b")).not.toBe(sharedContainerName(3, "/a"));
});

test("a node in a container gets its own variables and no others, whatever they contain", async () => {
  const env = { HOME: "/home/ant", A: "it's $HOME `id` \"\\ \n end", EMPTY: "" };
  const folder = mkdtempSync(join(tmpdir(), "wnm-clean-"));
  try {
    const file = join(folder, "antnode0001.node");
    writeFileSync(file, sharedNode(aNode(1), { ...launch, env }, { extra: [] }));
    writeFileSync(join(folder, "environment"), shellExports(env));
    for (const name of ["antnode0001.node", "environment"]) {
      const words = [
        "sh",
        INIT,
        "clean",
        join(folder, name),
        process.execPath,
        "-p",
        "JSON.stringify(process.env)",
      ];
      const child = Bun.spawn(["env", "-i", ...words], {
        env: { SECRET: "of the container" },
        stdout: "pipe",
      });
      const { PWD, OLDPWD, SHLVL, _, ...seen } = JSON.parse(await child.stdout.text());
      expect(seen).toEqual(env);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
