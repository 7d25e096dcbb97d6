import { expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { upnpRouter } from "../../../src/os/net/ssdp.ts";

const ANSWER =
  "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: http://x/\r\n\r\n";

/** A device on loopback that sends these texts to anyone who searches. */
async function aDevice(...answers: readonly string[]) {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (text, from) => {
    asked.push(text.toString());
    for (const answer of answers) socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
  return {
    at: { address: "127.0.0.1", port: socket.address().port },
    asked,
    [Symbol.dispose]: () => void socket.close(),
  };
}

test("a router that answers is known by its address, and is asked as UPnP specifies", async () => {
  using device = await aDevice(ANSWER);
  expect(await upnpRouter(device.at)).toBe("127.0.0.1");
  expect(device.asked[0]).toStartWith("M-SEARCH * HTTP/1.1\r\n");
  expect(device.asked[0]).toEndWith("\r\n\r\n");
});

test("silence, garbage and a printer are not a router, and the wait ends", async () => {
  using silent = await aDevice();
  using lies = await aDevice("\0\0", "HTTP/1.1 404 No", ANSWER.replace("InternetGatewayDevice", "Printer"));
  expect(await upnpRouter(silent.at, 50)).toBeUndefined();
  expect(await upnpRouter(lies.at, 200)).toBeUndefined();
});

test("an address that cannot be reached is not a router", async () => {
  expect(await upnpRouter({ address: "255.255.255.255", port: 9 }, 100)).toBeUndefined();
});
