import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { ownContainerName } from "../../src/process/docker/arguments.ts";
import { dockerEngine } from "../../src/process/docker/engine.ts";
import { docker } from "../../src/process/docker/manager.ts";
import { dockerShared } from "../../src/process/docker/shared-manager.ts";
import { type ContainerGround, containerGround, IMAGE } from "../support/engine.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(300_000);

const SHARED = 100;

/** What is specific to containers, on a real engine: one machine for both ways to run nodes in them. */
describe("containers on a real engine", () => {
  let made: ContainerGround;
  let next = 1;

  beforeAll(async () => {
    made = await containerGround("containers", docker);
  }, 600_000);
  afterAll(() => made[Symbol.asyncDispose]());

  const engine = (...args: readonly string[]) => made.engine.run(["docker", ...args]);
  const inspect = async (name: string, template: string): Promise<unknown> =>
    JSON.parse((await engine("container", "inspect", "--format", `{{json ${template}}}`, name)).stdout);
  const shareable = () => ({
    ...made.container,
    port_range_start: made.container.port_range_start + SHARED,
    port_range_end: made.container.port_range_end + SHARED,
    metrics_port_range_start: made.container.metrics_port_range_start + SHARED,
    metrics_port_range_end: made.container.metrics_port_range_end + SHARED,
  });
  const metrics = (port: number) =>
    made.engine.machine.exec(["curl", "-sf", "--max-time", "5", `http://127.0.0.1:${port}/metrics`]);
  /** A running node: in its own container, or in a shared one on ports that the others leave free. */
  const started = async (manager = made.manager) => {
    const shared = manager.containers?.placing === "shared";
    const { node, launch: plain } = made.node(next++ + (shared ? SHARED : 0));
    const launch = shared ? { ...plain, container: shareable() } : plain;
    await manager.create(node, launch);
    const process = await manager.start(node, launch);
    return { node: { ...node, ...process }, launch, name: ownContainerName(node) };
  };

  test("the node port is open to all and the metrics port only to this machine, and both answer", async () => {
    const { node, name } = await started();
    const ports = await inspect(name, ".HostConfig.PortBindings");
    expect(ports).toEqual({
      [`${node.metrics_port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(node.metrics_port) }],
      [`${node.port}/udp`]: [{ HostIp: "", HostPort: String(node.port) }],
    });
    await until(async () => (await metrics(node.metrics_port)).stdout.includes("# EOF"), "the metrics");
  });

  test("a container is confined: its account, a read-only root, no capabilities, capped logs, our labels", async () => {
    const { node, name } = await started();
    const { User, Labels } = (await inspect(name, ".Config")) as Record<string, unknown>;
    expect(User).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
    expect(Labels).toMatchObject({
      "com.autonomi.wnm.node": `antnode${node.node_name}`,
      "com.autonomi.wnm.colony": made.container.storage,
    });
    const host = (await inspect(name, ".HostConfig")) as Record<string, unknown>;
    expect(host).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      RestartPolicy: { Name: "unless-stopped" },
      LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
    });
    const written = await made.engine.machine.exec(["docker", "exec", name, "touch", "/here"]);
    expect(written.code).not.toBe(0);
  });

  test("a node with changed arguments gets a new container and keeps its data", async () => {
    const { node, launch, name } = await started();
    const key = `${node.root_dir}/secret-key`;
    await until(() => existsSync(key), "the node's key");
    const before = await inspect(name, ".Id");
    await made.manager.stop(node);
    await made.manager.start(node, { ...launch, args: ["--log-format", "json", ...launch.args] });
    expect(await inspect(name, ".Id")).not.toEqual(before);
    expect(existsSync(key)).toBe(true);
    expect(await made.lives(node)).toBe(true);
  });

  test("a container of the same name that is not ours is left alone", async () => {
    const { node, launch } = made.node(next++);
    const name = ownContainerName(node);
    await engine("run", "--detach", "--name", name, IMAGE, "sleep", "1000");
    const states = await made.manager.inspect([node]);
    expect(states.get(node.id)).toMatchObject({ state: "unknown" });
    await expect(made.manager.stop(node)).rejects.toThrow(/not made by this colony/);
    await expect(made.manager.create(node, launch)).rejects.toThrow(/not made by this colony/);
    await expect(made.manager.remove(node, made.allowedFolders)).rejects.toThrow(/not made by this colony/);
    expect(await inspect(name, ".State.Running")).toBe(true);
    await engine("rm", "--force", name);
  });

  test("a missing local image is not requested from any registry", async () => {
    const { node, launch } = made.node(next++);
    const manager = docker({ ...made.ground, image: () => "localhost/nowhere:1" });
    await expect(manager.create(node, launch)).rejects.toThrow(/localhost\/nowhere:1.*wnm --dockerfile/);
  });

  test("with --network host nothing is published, and the node's ports are the machine's", async () => {
    const manager = docker({ ...made.ground, extra: ["--network", "host"] });
    const { node, name } = await started(manager);
    expect(await inspect(name, ".HostConfig.PortBindings")).toEqual({});
    await until(async () => (await metrics(node.metrics_port)).code === 0, "the metrics");
    await manager.stop(node);
  });

  test("a node in a shared container stops without its neighbours, and both are back after the engine restarts", async () => {
    const manager = dockerShared(made.ground);
    const [one, two] = [await started(manager), await started(manager)];
    await manager.stop(one.node);
    expect(await made.lives(two.node)).toBe(true);
    expect(await inspect(made.container.name, ".State.Running")).toBe(true);
    await until(async () => (await metrics(two.node.metrics_port)).code === 0, "the metrics");
    await engine("restart", "--time", "5", made.container.name);
    await until(() => made.lives(two.node), "the node to live again", 30_000);
    expect(await made.lives(one.node)).toBe(false);
    const states = await manager.inspect([one.node, two.node]);
    expect(states.get(one.node.id)?.state).toBe("stopped");
    expect(states.get(two.node.id)?.state).toBe("running");
  });

  test("containers are listed by name with the engine's id, and an empty one can be removed", async () => {
    const manager = dockerShared(made.ground);
    const { node } = await started(manager);
    await manager.inspect([node]);
    const seen = manager.containers?.seen().get(made.container.name);
    expect(seen).toEqual({ engine_id: String(await inspect(made.container.name, ".Id")), status: "RUNNING" });
    await manager.stop(node);
    await manager.remove(node, made.allowedFolders);
    await manager.containers?.remove(made.container);
    await manager.containers?.remove(made.container);
    expect((await made.manager.inspect([])).size).toBe(0);
    const { code } = await made.engine.machine.exec(["docker", "inspect", made.container.name]);
    expect(code).toBe(1);
  });

  test("while the engine is down, nodes are unknown, not stopped, and the error says what to do", async () => {
    const { node, launch } = await started();
    const { exec } = made.engine.machine;
    await exec(["systemctl", "stop", "docker.socket", "docker"], { timeout_ms: 100_000 });
    const states = await made.manager.inspect([node]);
    expect(states.get(node.id)).toMatchObject({ state: "unknown" });
    await expect(made.manager.stop(node)).rejects.toThrow(/unknown/);
    await expect(made.manager.remove(node, made.allowedFolders)).rejects.toThrow(/unknown/);
    expect(existsSync(node.root_dir)).toBe(true);
    await expect(made.manager.create(made.node(next++).node, launch)).rejects.toThrow(
      /systemctl start docker|unknown/,
    );
    await exec(["systemctl", "start", "docker"], { timeout_ms: 100_000 });
    await until(
      async () => (await made.manager.inspect([node])).get(node.id)?.state === "running",
      "the node to be back with its engine",
      60_000,
    );
  });

  test("without a docker program, nodes are unknown", async () => {
    const program = "/nowhere/docker";
    const { run } = made.engine;
    const manager = docker({ ...made.ground, engine: dockerEngine({ program, run, uid: 0, gid: 0 }) });
    const { node } = made.node(next++);
    expect((await manager.inspect([node])).get(node.id)).toMatchObject({ state: "unknown" });
  });
});
