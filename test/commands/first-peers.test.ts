import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Patient } from "../../src/commands/doctor/answer.ts";
import { askFirstPeers } from "../../src/commands/doctor/ask-program.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { aConfig } from "../support/builders.ts";

test("the doctor finds first peers where init does: beside the program, below the account's home, or in the settings", async () => {
  const home = mkdtempSync(join(tmpdir(), "wnm-peers-"));
  const ask = async (changes: Partial<MachineConfig>, software = "ant-node") => {
    const binary = { path: join(home, "bin/ant-node"), software, version: "0.23.1" };
    const answers = await askFirstPeers({ binary, world: { home }, config: aConfig(changes) } as Patient);
    return answers.map((answer) => (answer.is === "found" ? answer.finding.key : answer.is));
  };
  try {
    expect(await ask({ process_manager: "setsid+user" })).toEqual(["no-first-peers"]);
    expect(await ask({ process_manager: "setsid+user" }, "antnode")).toEqual([]);
    expect(await ask({ start_args: "--bootstrap 192.0.2.1:10000" })).toEqual([]);
    expect(await ask({ environment: "ANT_BOOTSTRAP=192.0.2.1:10000" })).toEqual([]);
    mkdirSync(join(home, ".config/ant"), { recursive: true });
    const file = join(home, ".config/ant/bootstrap_peers.toml");
    writeFileSync(file, "peers = []\n");
    expect(await ask({ process_manager: "setsid+user" })).toEqual(["no-first-peers"]);
    writeFileSync(file, 'peers = ["192.0.2.1:10000"]\n');
    expect(await ask({ process_manager: "setsid+user" })).toEqual(["good"]);
    // Nodes of another account do not look into this home.
    expect(await ask({ process_manager: "setsid+sudo" })).toEqual(["no-first-peers"]);
  } finally {
    rmSync(home, { recursive: true });
  }
});
