import { existsSync, readlinkSync } from "node:fs";
import { type Machine, machine } from "../machine/machine.ts";
import { until } from "../support/until.ts";

/** Machines on one cable, and a place on that cable for the controller. */
export type Fleet = AsyncDisposable & {
  readonly machines: Readonly<Record<string, Machine>>;
  /** The address of a machine, as seen by the controller and the other machines. */
  readonly addressOf: (name: string) => string;
  /** In front of a command, it runs the command on this host's disk in the controller's network. */
  readonly place: readonly string[];
  /** Unplugs a machine's cable, or plugs it in again. */
  readonly cable: (name: string, state: "up" | "down") => Promise<void>;
};

/** What Ansible, the monitoring and the plays need on a machine; there is no network to install them from. */
const PACKAGES = ["openssh-server", "python3", "python3-apt", "prometheus", "prometheus-node-exporter"];

const AS_ROOT = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
const NETWORK = "10.231.8";

async function must(step: Promise<{ readonly code: number; readonly stderr: string }>): Promise<void> {
  const { code, stderr } = await step;
  if (code !== 0) throw new Error(`code ${code}: ${stderr}`);
}

/** Boots all machines at once, and joins their networks. */
export async function fleet(names: readonly string[]): Promise<Fleet> {
  // Its network exists as long as this process, which does nothing.
  const holder = Bun.spawn(
    [...AS_ROOT, "unshare", "--net", "setpriv", "--pdeathsig=KILL", "sleep", "infinity"],
    {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    },
  );
  const made: Record<string, Machine> = {};
  const dispose = async () => {
    await Promise.all(Object.values(made).map((one) => one.stop()));
    holder.kill("SIGKILL");
    await holder.exited;
  };
  try {
    const namespace = `/proc/${holder.pid}/ns/net`;
    const outside = readlinkSync("/proc/self/ns/net");
    await until(
      () => existsSync(namespace) && readlinkSync(namespace) !== outside,
      "a network of the controller's own",
    );
    const place = [...AS_ROOT, "nsenter", `--net=${namespace}`, "--"];
    const here = async (script: string) => {
      const child = Bun.spawn([...place, "sh", "-euc", script], {
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
      });
      await must(child.stderr.text().then(async (stderr) => ({ stderr, code: await child.exited })));
    };
    await here(
      `ip link set lo up; ip link add lan type bridge; ip link set lan up; ip address add ${NETWORK}.254/24 dev lan`,
    );
    const addressOf = (name: string): string => `${NETWORK}.${names.indexOf(name) + 1}`;
    // The first one builds what all of them share.
    for (const name of names.slice(0, 1)) made[name] = await machine(name, { packages: PACKAGES });
    await Promise.all(
      names.slice(1).map(async (name) => {
        made[name] = await machine(name, { packages: PACKAGES });
      }),
    );
    for (const [name, one] of Object.entries(made)) {
      const script = `ip link add lan type bridge; ip link set peer0 master lan; ip link set lan up
        ip link add up0 type veth peer name ${name} netns ${holder.pid}; ip link set up0 master lan; ip link set up0 up`;
      await must(one.peer(["sh", "-euc", script]));
      await here(`ip link set ${name} master lan; ip link set ${name} up`);
      await must(one.exec(["ip", "address", "add", `${addressOf(name)}/24`, "dev", "eth0"]));
    }
    return {
      machines: made,
      addressOf,
      place,
      cable: (name, state) => here(`ip link set ${name} ${state}`),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
