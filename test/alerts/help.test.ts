import { expect, setDefaultTimeout, test } from "bun:test";
import { startReceiver } from "../fixtures/receiver.ts";
import { documented } from "../readme/commands.ts";
import { aColony } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("the commands of the help topic on alerts do what it says", async () => {
  using receiver = startReceiver();
  await using wnm = await aColony("--node_cap=0");
  const type = (command: string) => {
    const words = command.replace("https://ntfy.sh", receiver.url).replace('""', "").split(" ");
    return wnm.ok(words.slice(1));
  };
  await type(documented("wnm --force_action nullop --alert_url https://ntfy.sh/YOUR_TOPIC"));
  expect((await type(documented("wnm --force_action test_alert"))).stdout).toMatch(/^arrived .*: 200 ok\n$/);
  expect(receiver.received).toMatchObject([{ path: "/YOUR_TOPIC" }]);
  await type(documented('wnm --force_action nullop --alert_url ""'));
  expect(wnm.machine().alert_url).toBeNull();
});
