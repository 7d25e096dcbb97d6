import { createSocket } from "node:dgram";

/** The multicast address of UPnP devices. UPnP Device Architecture 1.1, 1.3.2. */
const MULTICAST = { address: "239.255.255.250", port: 1900 } as const;
const WAIT_MS = 2_000;

const SEARCH = [
  "M-SEARCH * HTTP/1.1",
  "HOST: 239.255.255.250:1900",
  'MAN: "ssdp:discover"',
  "MX: 1",
  "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1",
  "",
  "",
].join("\r\n");

/** The address of the first UPnP router that answers within 2 s; undefined when none does. Never throws. */
export function upnpRouter(
  at: { readonly address: string; readonly port: number } = MULTICAST,
  wait_ms: number = WAIT_MS,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (router: string | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners("message");
      try {
        socket.close();
      } catch {
        // It is closed already.
      }
      resolve(router);
    };
    const timer = setTimeout(() => end(undefined), wait_ms);
    socket.on("error", () => end(undefined));
    socket.on("message", (bytes, { address }) => {
      const text = bytes.toString("latin1");
      if (
        /^HTTP\/1\.\d 200\b/.test(text) &&
        /InternetGatewayDevice|WANIPConnection|WANPPPConnection/.test(text)
      )
        end(address);
    });
    socket.send(SEARCH, at.port, at.address, (error) => {
      if (error !== null && error !== undefined) end(undefined);
    });
  });
}
