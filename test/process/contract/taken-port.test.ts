import { expect, test } from "bun:test";
import { withPortHolder } from "../../../src/process/contract/taken-port.ts";
import { aNode } from "../../support/builders.ts";

const TRANSPORT = "node startup failed: Setup failed: Failed to create transport";
const BROWSERS =
  "node startup failed: failed to bind WebRTC Direct listener: WebRTC Direct socket error: Address already in use (os error 98)";

test("a port that a node could not bind is named with the process that holds it", async () => {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1" });
  try {
    const { port } = socket;
    const held = new RegExp(`; UDP port ${port} is held by process ${process.pid} \\(.+\\)$`);
    const software = "ant-node";
    expect(withPortHolder(TRANSPORT, aNode(1, { software, port }))).toMatch(held);
    expect(withPortHolder(BROWSERS, aNode(1, { software, port: 9, webrtc_port: port }))).toMatch(held);
    expect(withPortHolder("Address already in use", aNode(1, { port }))).toMatch(held);
    expect(withPortHolder("another error", aNode(1, { software, port }))).toBe("another error");
  } finally {
    socket.close();
  }
});

test("when no process holds the port any more, only the error is reported", async () => {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1" });
  const { port } = socket;
  socket.close();
  expect(withPortHolder(TRANSPORT, aNode(1, { software: "ant-node", port }))).toBe(TRANSPORT);
  expect(withPortHolder(BROWSERS, aNode(1, { software: "ant-node" }))).toBe(BROWSERS);
});
